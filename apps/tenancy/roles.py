"""What each role may do in the admin: the one table, and the one place that asks it."""

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from apps.tenancy.models import Membership
from apps.tenancy.types import Role, TenantStatus


class Action(StrEnum):
    """What a person may do beyond looking."""

    ADJUST_STOCK = "adjust_stock"
    CONFIRM_ORDER = "confirm_order"
    CANCEL_ORDER = "cancel_order"
    REDELIVER = "redeliver"
    TEST_WEBHOOK = "test_webhook"
    ROTATE_WEBHOOK_SECRET = "rotate_webhook_secret"  # noqa: S105 -- a name
    GIVE_PAGE = "give_page"
    REVOKE_PAGE = "revoke_page"
    ISSUE_CLIENT = "issue_client"
    ROTATE_CLIENT_SECRET = "rotate_client_secret"  # noqa: S105 -- a name
    SUSPEND_CLIENT = "suspend_client"
    REACTIVATE_CLIENT = "reactivate_client"


PERMITTED: dict[Role, frozenset[Action]] = {
    Role.AUDITOR: frozenset(),
    Role.STOCK_OPERATOR: frozenset(
        {
            Action.ADJUST_STOCK,
            Action.CONFIRM_ORDER,
            Action.CANCEL_ORDER,
            Action.REDELIVER,
            Action.TEST_WEBHOOK,
        }
    ),
    Role.TENANT_ADMIN: frozenset(Action),
}


def may(request: HttpRequest, action: Action) -> bool:
    """Tell whether the person's role in the tenant that they work in permits an action; a suspended tenant's never."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None or membership.tenant.status != TenantStatus.ACTIVE:
        return False
    return action in PERMITTED[Role(membership.role)]


def permitted(request: HttpRequest, action: Action) -> Membership:
    """Return the membership in which the person may do it. Raises PermissionDenied, which answers 403."""
    if not may(request, action):
        raise PermissionDenied
    membership: Membership = request.membership  # type: ignore[attr-defined]  # set by AdminTenant
    return membership
