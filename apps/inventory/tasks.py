from datetime import UTC, datetime

from celery import shared_task

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.commands.expire_reservations import expire_reservations
from apps.outbox.waker import wake_relay
from apps.tenancy.models import Tenant


@shared_task(name="inventory.expire_reservations")
def expire_reservations_of_all_tenants() -> None:
    """Expire due reservations, tenant by tenant. Movements do the same as they go, so being late harms nobody."""
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
        ctx = CallContext(principal=principal, now=datetime.now(UTC), request_id="")
        if expire_reservations(ctx).result:
            wake_relay()
