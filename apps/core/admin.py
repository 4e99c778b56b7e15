"""The base of every page of the admin: inside one tenant, and reading only.

Stock, ledger, events and deliveries change through commands alone, and so does master data: the admin shows them.
"""

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

_COUNTED = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Pages over at most the first 10,000 rows, so that no page counts a ledger: searches and filters lead further."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or the bound."""
        rows = cast("QuerySet[Any]", self.object_list)
        return rows[:_COUNTED].count()


class ReadOnlyAdmin(ModelAdmin):
    """Shows every field but the hidden ones, and changes nothing."""

    hidden_fields: tuple[str, ...] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_filter_sheet = False
    compressed_fields = True

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return the model's fields in its own order; `tenant` is the page's."""
        hidden = {*self.hidden_fields, "tenant", "tenant_id"}
        return [field.name for field in self.model._meta.fields if field.name not in hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to whom its rows are shown."""
        return bool(self.has_view_permission(request))


class TenantAdmin(ReadOnlyAdmin):
    """Shows the rows of the tenant that the person works in; without a membership, nothing.

    Row level security holds in the database as well; `tenant_path` is how a row names its tenant.
    """

    tenant_path = "tenant_id"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Any role of the tenant may look: administrators, stock operators and auditors."""
        return getattr(request, "membership", None) is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        membership = getattr(request, "membership", None)
        return rows.filter(**{self.tenant_path: membership.tenant_id}) if membership else rows.none()
