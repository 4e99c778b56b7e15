from django.contrib import admin
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)

from apps.access.models import Application
from apps.core.admin import TenantAdmin

AccessToken = get_access_token_model()

# The toolkit registers its own pages, which know no tenants.
for model in (Application, AccessToken, get_grant_model(), get_id_token_model(), get_refresh_token_model()):
    admin.site.unregister(model)


@admin.register(Application)
class ApplicationPages(TenantAdmin):
    list_display = ("name", "client_id", "party_type", "party_id", "created", "expires_at", "disabled_at")
    list_filter = ("party_type",)
    search_fields = ("name", "client_id__exact", "party_id__exact")
    ordering = ("id",)
    hidden_fields = ("client_secret", "previous_client_secret")


@admin.register(AccessToken)
class AccessTokenPages(TenantAdmin):
    tenant_path = "application__tenant_id"
    list_display = ("id", "application", "scope", "created", "expires")
    list_select_related = ("application",)
    search_fields = ("application__name", "application__client_id__exact")
    ordering = ("-id",)
    hidden_fields = ("token", "token_checksum", "source_refresh_token", "id_token")
