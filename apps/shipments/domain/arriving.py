"""A receipt, whole: booked, written, told. Whoever says it: the receiver for an order, the sender for a shipment."""

from collections.abc import Sequence
from datetime import datetime

from apps.orders.domain import life as order_life
from apps.orders.models import Order, OrderLine
from apps.orders.types import OrderFacts
from apps.outbox.unit_of_work import UnitOfWork
from apps.shipments.domain import life, receipt
from apps.shipments.domain.receipt import Incoming
from apps.shipments.models import Shipment
from apps.shipments.types import ArrivedItem


def arrive(
    uow: UnitOfWork,
    order: Order,
    lines: Sequence[OrderLine],
    incoming: Sequence[Incoming],
    items: Sequence[ArrivedItem],
    *,
    complete: bool,
    occurred_at: datetime | None,
) -> OrderFacts:
    """Book what arrived of shipments of one order, whose row and shipments are locked, and tell of it."""
    before = [list(map(receipt.noted, each.parcels)) for each in incoming]
    discrepancies = receipt.book(uow, order, lines, incoming, items, complete=complete, occurred_at=occurred_at)
    life.write_parcels([parcel for each in incoming for parcel in each.parcels])
    for each, was in zip(incoming, before, strict=True):
        if list(map(receipt.noted, each.parcels)) == was:
            continue  # nothing of it has come
        delivered = not any(parcel.in_transit for parcel in each.parcels)
        life.finish(
            uow,
            each.shipment,
            each.parcels,
            event="shipment.delivered" if delivered else "shipment.updated",
            status=Shipment.DELIVERED if delivered else each.shipment.status,
            delivered_at=(occurred_at or uow.ctx.now) if delivered else None,
        )
    receipt.tell_discrepancies(uow, discrepancies)
    received = order.status == Order.RECEIVED
    return order_life.finish(
        uow,
        order,
        lines,
        event="order.received" if received else "order.updated",
        status=order.status,
        closed_at=uow.ctx.now if received else None,
    )
