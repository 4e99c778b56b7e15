from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.commands.expire_reservations import expire_reservations
from apps.inventory.commands.sweep_batches import sweep_batches
from apps.outbox.waker import wake_relay
from apps.tenancy.models import Tenant


@shared_task(name="inventory.expire_reservations")
def expire_reservations_of_all_tenants() -> None:
    """Expire due reservations, tenant by tenant. Movements do the same as they go, so being late harms nobody."""
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        if expire_reservations(_on_behalf_of(tenant_id)).result:
            wake_relay()


@shared_task(name="inventory.sweep_batches")
def sweep_batches_of_all_tenants() -> None:
    """Tell of batches that expire soon or have expired. Readers judge by the clock, so being late harms nobody."""
    horizon = timedelta(days=settings.STOCK_EXPIRING_DAYS)
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        while sweep_batches(_on_behalf_of(tenant_id), horizon=horizon).result:
            wake_relay()


def _on_behalf_of(tenant_id: int) -> CallContext:
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="")
