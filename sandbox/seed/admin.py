"""The sandbox's logins for /admin/: one for each role, in every tenant."""

import secrets
from collections.abc import Sequence

from apps.outbox.unit_of_work import identity_transaction
from apps.tenancy.models import Membership, Tenant, User
from apps.tenancy.types import Role
from sandbox.credentials import Admin, Credentials

ADMIN = "admin"
_ROLES = {ADMIN: Role.TENANT_ADMIN, "operator": Role.STOCK_OPERATOR, "auditor": Role.AUDITOR}


def ensure_people(known: Credentials, tenants: Sequence[Tenant]) -> tuple[Admin, ...]:
    """Return a login of each role, the administrator's first; a password that does not work is replaced."""
    passwords = {login.username: login.password for login in (known.admin, *known.people) if login is not None}
    return tuple(_ensure(name, role, passwords.get(name), tenants) for name, role in _ROLES.items())


def _ensure(username: str, role: Role, password: str | None, tenants: Sequence[Tenant]) -> Admin:
    """Return a login that works. The administrator is platform staff too: a superuser, who sees all tenants."""
    with identity_transaction():
        user, _ = User.objects.get_or_create(
            username=username,
            defaults={"is_staff": True, "is_superuser": username == ADMIN, "email": f"{username}@localhost"},
        )
        if password is None or not user.check_password(password):
            password = secrets.token_urlsafe(18)
            user.set_password(password)
            user.save()
        for tenant in tenants:
            Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
    return Admin(username=username, password=password)
