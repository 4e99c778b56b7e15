"""The admin works inside one tenant: the membership chosen in the session."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.models import Membership

SESSION_KEY = "tenant_id"


class AdminTenant:
    """Wraps `/admin/` in a unit of work of the chosen tenant, so that row level security holds there too.

    A person without a membership gets no tenant at all: reading a tenant's table then raises instead of showing,
    and `TenantAdmin` shows none of them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        memberships = _memberships(request)
        membership = _chosen(request, memberships)
        # Django's requests are open for attributes.
        request.memberships = memberships  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        if membership is None:
            return self.get_response(request)
        with as_tenant(membership.tenant_id):
            return self.get_response(request)


def memberships_of(request: HttpRequest) -> list[Membership]:
    """Return the memberships of the person who asks, with their tenants, by the tenant's name."""
    memberships: list[Membership] = getattr(request, "memberships", [])
    return memberships


def _memberships(request: HttpRequest) -> list[Membership]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return list(Membership.objects.filter(user=user).select_related("tenant").order_by("tenant__name", "id"))


def _chosen(request: HttpRequest, memberships: list[Membership]) -> Membership | None:
    """Return the membership in the session while it lasts, else the first."""
    if not memberships:
        return None
    chosen = request.session.get(SESSION_KEY)
    return next((membership for membership in memberships if membership.tenant_id == chosen), memberships[0])
