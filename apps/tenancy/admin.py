from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.core.admin import ReadOnlyAdmin, TenantAdmin
from apps.tenancy.middleware import SESSION_KEY, memberships_of
from apps.tenancy.models import Membership, RetiredCode, Tenant, User

# Roles are memberships; Django's groups and permissions mean nothing here.
admin.site.unregister(Group)


class IdentityAdmin(ReadOnlyAdmin):
    """People and tenants, which belong to no tenant's rows: the platform's own staff (superusers) see all."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return sees_people(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows if _is_platform_staff(request) else self.visible_to(request, rows)

    def visible_to(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that a member sees."""
        raise NotImplementedError


@admin.register(Tenant)
class TenantPages(IdentityAdmin):
    list_display = ("name", "code", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("name", "code")
    ordering = ("id",)

    def visible_to(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """A person's own tenants."""
        return rows.filter(pk__in=[membership.tenant_id for membership in memberships_of(request)])


@admin.register(User)
class UserPages(IdentityAdmin):
    list_display = ("username", "email", "first_name", "last_name", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username",)
    hidden_fields = ("password",)

    def visible_to(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The people of the tenant."""
        return rows.filter(pk__in=_memberships_here(request).values("user_id"))


@admin.register(Membership)
class MembershipPages(IdentityAdmin):
    list_display = ("user", "role", "tenant")
    list_select_related = ("user", "tenant")
    list_filter = ("role",)
    search_fields = ("user__username", "user__email")
    ordering = ("id",)

    def visible_to(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The memberships of the tenant."""
        return rows.filter(pk__in=_memberships_here(request).values("pk"))


@admin.register(RetiredCode)
class RetiredCodePages(TenantAdmin):
    list_display = ("code", "kind")
    list_filter = ("kind",)
    search_fields = ("code__exact",)
    ordering = ("id",)


@require_POST
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Work in another tenant of one's own from the next page on."""
    code = request.POST.get("tenant", "")
    chosen = next((membership for membership in memberships_of(request) if membership.tenant.code == code), None)
    if chosen is None:
        raise Http404
    request.session[SESSION_KEY] = chosen.tenant_id
    return HttpResponseRedirect(reverse("admin:index"))


def header(request: HttpRequest) -> dict[str, Any]:
    """Return what the header of every page shows: the tenant and the others to switch to (unfold calls this)."""
    return {
        "membership": getattr(request, "membership", None),
        "tenants": [membership.tenant for membership in memberships_of(request)],
    }


def is_member(request: HttpRequest) -> bool:
    """Tell whether the person works in a tenant (the sidebar asks)."""
    return getattr(request, "membership", None) is not None


def sees_people(request: HttpRequest) -> bool:
    """Tell whether the person sees people and tenants (the sidebar asks)."""
    return is_member(request) or _is_platform_staff(request)


def _memberships_here(request: HttpRequest) -> QuerySet[Membership]:
    membership = getattr(request, "membership", None)
    return Membership.objects.filter(tenant_id=membership.tenant_id) if membership else Membership.objects.none()


def _is_platform_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
