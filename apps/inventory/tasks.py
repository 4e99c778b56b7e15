from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet

from apps.core.context import CallContext
from apps.core.errors import Unavailable
from apps.inventory.commands.book_parked_movement import book_parked_movement
from apps.inventory.commands.check_integrity import check_integrity
from apps.inventory.commands.expire_reservations import expire_reservations
from apps.inventory.commands.fill_backorders import fill_backorders
from apps.inventory.commands.sweep_batches import sweep_batches
from apps.inventory.queries.parked import poster_of, ready_to_book
from apps.outbox.unit_of_work import reading
from apps.outbox.waker import wake_relay
from apps.tenancy.everywhere import for_each_tenant, system_call
from apps.tenancy.models import Tenant
from apps.tenancy.queries import tenant_code

# Beyond that the next beat goes on.
_PARKED_AT_ONCE = 500

log = structlog.get_logger(component="stockwire.inventory")


@shared_task(name="inventory.expire_reservations")
def expire_reservations_of_all_tenants() -> None:
    """Expire due reservations. Movements do the same as they go, so being late harms nobody."""
    for_each_tenant(_expire_reservations)


def _expire_reservations(tenant_id: int) -> None:
    if expire_reservations(system_call(tenant_id)).result:
        wake_relay()


@shared_task(name="inventory.fill_backorders")
def fill_backorders_of_all_tenants() -> None:
    """Promise what time has made available to the orders that wait for it."""
    for_each_tenant(_fill_backorders)


def _fill_backorders(tenant_id: int) -> None:
    last = 0
    while last := fill_backorders(system_call(tenant_id), after=last).result:
        wake_relay()


@shared_task(name="inventory.check_integrity")
def check_integrity_of_all_tenants() -> None:
    """Check the books of all tenants."""
    check_integrity_of(Tenant.objects.all())


def check_integrity_of(tenants: QuerySet[Tenant]) -> None:
    """Check the books, tenant by tenant, and write a report for each; a check that runs already is left to itself."""
    for_each_tenant(_check_integrity, tenants=tenants)


def _check_integrity(tenant_id: int) -> None:
    with suppress(Unavailable):
        found = check_integrity(system_call(tenant_id)).result
        if not found.balanced:
            wrong = {rule.rule: rule.wrong for rule in found.rules if rule.wrong}
            log.error("books_not_balanced", tenant=tenant_code(tenant_id), wrong=wrong)


@shared_task(name="inventory.sweep_batches")
def sweep_batches_of_all_tenants() -> None:
    """Tell of batches that expire soon or have expired. Readers judge by the clock, so being late harms nobody."""
    for_each_tenant(_sweep_batches)


def _sweep_batches(tenant_id: int) -> None:
    horizon = timedelta(days=settings.STOCK_EXPIRING_DAYS)
    while sweep_batches(system_call(tenant_id), horizon=horizon).result:
        wake_relay()


@shared_task(name="inventory.book_parked_movements")
def book_parked_movements_of_all_tenants() -> None:
    """Book what was parked and whose code is mapped by now."""
    for_each_tenant(book_parked_movements_of)


def book_parked_movements_of(tenant_id: int) -> None:
    """Book what was parked and whose code is mapped by now, in the order in which it came.

    Each is a transaction of its own, as whoever posted it. One that the database would not have is left for the next
    time, and with it what came later under the same code of the same party; it holds nobody else up.
    """
    with reading(system_call(tenant_id)):
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
