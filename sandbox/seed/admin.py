"""The sandbox's login for /admin/."""

import secrets
from collections.abc import Sequence

from apps.outbox.unit_of_work import identity_transaction
from apps.tenancy.models import Membership, Tenant, User
from apps.tenancy.types import Role
from sandbox.credentials import Admin

USERNAME = "admin"


def ensure_admin(known: Admin | None, tenants: Sequence[Tenant]) -> Admin:
    """Return the superuser's login, with a membership in every tenant; a password that does not work is replaced."""
    with identity_transaction():
        user, _ = User.objects.get_or_create(
            username=USERNAME, defaults={"is_staff": True, "is_superuser": True, "email": "admin@localhost"}
        )
        if known is None or known.username != USERNAME or not user.check_password(known.password):
            known = Admin(username=USERNAME, password=secrets.token_urlsafe(18))
            user.set_password(known.password)
            user.save()
        for tenant in tenants:
            Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": Role.TENANT_ADMIN})
    return known
