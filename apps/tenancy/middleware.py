"""The admin works inside one tenant: the membership chosen in the session."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from apps.core.http.middleware import busy_page
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.models import Membership

SESSION_KEY = "tenant_id"
# The attribute of a view that opens its transactions itself.
OWN_TRANSACTION = "opens_its_own_transaction"


class AdminTenant:
    """Wraps every page of `/admin/` in a transaction of the chosen tenant, so that row level security holds there too.

    A person without a membership gets no tenant at all: reading a tenant's table then raises instead of showing,
    and `TenantAdmin` shows none of them. An action (`apps.tenancy.actions`) is not wrapped: it reads in a transaction
    of its own, which has ended before its command opens the command's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            memberships = _memberships(request)
        except OperationalError:
            return busy_page()
        # Django's requests are open for attributes.
        request.memberships = memberships  # type: ignore[attr-defined]
        request.membership = _chosen(request, memberships)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer a page inside the tenant, its template included; leave an action and a stranger to Django."""
        membership: Membership | None = request.membership  # type: ignore[attr-defined]
        if membership is None or getattr(view, OWN_TRANSACTION, False):
            return None
        with as_tenant(membership.tenant_id):
            response = view(request, *args, **kwargs)
            return response.render() if isinstance(response, SimpleTemplateResponse) else response


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
    """Return the membership in the session while it lasts, else the one that was given first."""
    if not memberships:
        return None
    chosen = request.session.get(SESSION_KEY)
    first = min(memberships, key=lambda membership: membership.pk)
    return next((membership for membership in memberships if membership.tenant_id == chosen), first)
