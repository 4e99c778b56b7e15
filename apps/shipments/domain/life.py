"""The life of a shipment: which step follows which. Each begins with the lock of its order, then its own."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.orders.domain import life as order_life
from apps.orders.domain.life import check_party, check_status
from apps.orders.errors import NotNow
from apps.orders.models import Order, OrderLine
from apps.orders.queries import orders
from apps.outbox.types import Event
from apps.outbox.unit_of_work import UnitOfWork
from apps.shipments.models import Parcel, Shipment
from apps.shipments.queries import packages_of, shipment_facts, shipments
from apps.shipments.types import PackageFacts, ShipmentFacts
from apps.tenancy.domain import master_data
from apps.tenancy.queries import found


class Step(StrEnum):
    """What is done to a shipment after it was packed."""

    CHANGE = "change"
    DISPATCH = "dispatch"
    DELIVER = "deliver"
    CANCEL = "cancel"


# The statuses from which each step may be taken.
TRANSITIONS: dict[Step, frozenset[str]] = {
    Step.CHANGE: frozenset({Shipment.CREATED, Shipment.DISPATCHED}),
    Step.DISPATCH: frozenset({Shipment.CREATED}),
    Step.DELIVER: frozenset({Shipment.DISPATCHED}),
    Step.CANCEL: frozenset({Shipment.CREATED}),
}


def begin(
    uow: UnitOfWork, shipment_id: str, step: Step, expected: ExpectedVersion | None
) -> tuple[Shipment, Order, list[OrderLine]]:
    """Return a shipment that the caller may take a step with now, locked behind its order, and the order's lines.

    Raises NotFound, Forbidden, a version conflict or NotNow, in this order.
    """
    order_id = found(shipments(uow.ctx), shipment_id).order_id  # it never changes
    order = master_data.lock(orders(uow.ctx), order_id)
    row = master_data.lock(shipments(uow.ctx), shipment_id)
    check_party(uow.ctx.principal, order_life.Step.SHIP)
    if expected is not None:
        expected.check(row.version)
    if row.status not in TRANSITIONS[step]:
        raise NotNow(currentStatus=row.status, allowed=[each.value for each in Step if row.status in TRANSITIONS[each]])
    if step is Step.DISPATCH:
        check_status(order.status, order_life.Step.SHIP)
    return row, order, list(order.lines.all())


def finish(
    uow: UnitOfWork,
    row: Shipment,
    parcels: Sequence[Parcel],
    *,
    event: str,
    packages: list[PackageFacts] | None = None,
    **changes: Any,
) -> ShipmentFacts:
    """Write a shipment as a step has left it, under the next version, and tell of it."""
    master_data.change(uow, row, expected=None, **changes)
    return tell(uow, row, packages or packages_of(row), parcels, event=event)


def tell(
    uow: UnitOfWork, row: Shipment, packages: list[PackageFacts], parcels: Sequence[Parcel], *, event: str
) -> ShipmentFacts:
    """Return a shipment as facts and emit the event that carries them."""
    facts = shipment_facts(row, packages, parcels)
    about = {
        "supplierId": row.supplier_id,
        "products": sorted({item.product_id for package in packages for item in package.items}),
        "warehouses": [place for place in (row.from_warehouse_id, row.delivery_warehouse_id) if place],
        "shipment": facts,
    }
    uow.emit(Event(event, row.pk, row.version, about))
    return facts


def facts(row: Shipment, parcels: Sequence[Parcel]) -> ShipmentFacts:
    """Return a shipment as a step has left it."""
    return shipment_facts(row, packages_of(row), parcels)


def write_parcels(parcels: Sequence[Parcel]) -> None:
    """Write parcels as a receipt has left them; those of batches that were never sent are new."""
    known = [parcel for parcel in parcels if parcel.pk is not None]
    Parcel.objects.bulk_update(known, ["received", "damaged", "over", "short"])
    Parcel.objects.bulk_create([parcel for parcel in parcels if parcel.pk is None])
