"""Take from a person what they may do in a tenant."""

from apps.core.errors import NotFound
from apps.outbox.unit_of_work import identity_transaction
from apps.tenancy.models import Membership
from apps.tenancy.queries import tenant_of_code


def remove_person(*, username: str, tenant_code: str) -> None:
    """End a person's membership from their next page on; the login stays, for other tenants.

    Raises NotFound for a tenant that is absent and for a person who is not of it.
    """
    with identity_transaction():
        removed, _ = Membership.objects.filter(tenant=tenant_of_code(tenant_code), user__username=username).delete()
        if not removed:
            raise NotFound(f"{username} has no role in {tenant_code}.")
