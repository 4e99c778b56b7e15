"""Work of the system itself, done for each tenant."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.db.models import QuerySet

from apps.core.context import CallContext, PartyType, Principal
from apps.tenancy.models import Tenant


def for_each_tenant(work: Callable[[int], None], *, tenants: QuerySet[Tenant] | None = None) -> None:
    """Do `work` with the key of each tenant (all of them, unless said otherwise), one after the other.

    What fails for one of them holds no other up. Raises ExceptionGroup at the end, with all that failed.
    """
    failures: list[Exception] = []
    rows = Tenant.objects.all() if tenants is None else tenants
    for tenant_id in rows.values_list("id", flat=True).order_by("id"):
        try:
            work(tenant_id)
        except Exception as error:  # noqa: BLE001 -- raised below: the others come first
            error.add_note(f"This was for tenant {tenant_id}.")
            failures.append(error)
    if failures:
        raise ExceptionGroup("It failed for some tenants, and was done for the others.", failures)


def system_call(tenant_id: int) -> CallContext:
    """Return a call of the system itself on behalf of the tenant, now."""
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="")
