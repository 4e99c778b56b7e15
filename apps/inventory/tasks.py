from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet

from apps.core.context import CallContext, PartyType, Principal
from apps.core.errors import Unavailable
from apps.inventory.commands.book_parked_movement import book_parked_movement
from apps.inventory.commands.check_integrity import check_integrity
from apps.inventory.commands.expire_reservations import expire_reservations
from apps.inventory.commands.fill_backorders import fill_backorders
from apps.inventory.commands.sweep_batches import sweep_batches
from apps.inventory.queries.parked import poster_of, ready_to_book
from apps.outbox.unit_of_work import reading
from apps.outbox.waker import wake_relay
from apps.tenancy.models import Tenant

# Beyond that the next beat goes on.
_PARKED_AT_ONCE = 500

log = structlog.get_logger(component="stockwire.inventory")


@shared_task(name="inventory.expire_reservations")
def expire_reservations_of_all_tenants() -> None:
    """Expire due reservations, tenant by tenant. Movements do the same as they go, so being late harms nobody."""
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        if expire_reservations(_call(tenant_id)).result:
            wake_relay()


@shared_task(name="inventory.fill_backorders")
def fill_backorders_of_all_tenants() -> None:
    """Promise what time has made available to the orders that wait for it, tenant by tenant."""
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        if fill_backorders(_call(tenant_id)).result:
            wake_relay()


@shared_task(name="inventory.check_integrity")
def check_integrity_of_all_tenants() -> None:
    """Check the books of all tenants, one after the other."""
    check_integrity_of(Tenant.objects.all())


def check_integrity_of(tenants: QuerySet[Tenant]) -> None:
    """Check the books, tenant by tenant, and write a report for each; a check that runs already is left to itself."""
    for tenant_id, code in tenants.values_list("id", "code").order_by("id"):
        with suppress(Unavailable):
            found = check_integrity(_call(tenant_id)).result
            if not found.balanced:
                wrong = {rule.rule: rule.wrong for rule in found.rules if rule.wrong}
                log.error("books_not_balanced", tenant=code, wrong=wrong)


@shared_task(name="inventory.sweep_batches")
def sweep_batches_of_all_tenants() -> None:
    """Tell of batches that expire soon or have expired. Readers judge by the clock, so being late harms nobody."""
    horizon = timedelta(days=settings.STOCK_EXPIRING_DAYS)
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        while sweep_batches(_call(tenant_id), horizon=horizon).result:
            wake_relay()


@shared_task(name="inventory.book_parked_movements")
def book_parked_movements_of_all_tenants() -> None:
    """Book what was parked and whose code is mapped by now, tenant by tenant."""
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        book_parked_movements_of(tenant_id)


def book_parked_movements_of(tenant_id: int) -> None:
    """Book what was parked and whose code is mapped by now, in the order in which it came.

    Each is a transaction of its own, as whoever posted it. One that the database would not have is left for the next
    time, and with it what came later under the same code of the same party; it holds nobody else up.
    """
    with reading(_call(tenant_id)):
        rows = ready_to_book(tenant_id, limit=_PARKED_AT_ONCE)
    held_up = set()
    for row in rows:
        code = (row.party_type, row.party_id, row.partner_sku)
        if code in held_up:
            continue
        ctx = CallContext(principal=poster_of(row), now=datetime.now(UTC), request_id=row.request_id)
        try:
            book_parked_movement(ctx, row.pk)
        except DatabaseError as error:
            held_up.add(code)
            log.warning("parked_movement_not_booked", parked_movement=str(row.pk), error=str(error))


def _call(tenant_id: int) -> CallContext:
    """Return a call of the system itself on behalf of the tenant."""
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="")
