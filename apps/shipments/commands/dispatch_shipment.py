from datetime import datetime

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import order_stock
from apps.orders.domain import life as order_life
from apps.orders.domain.progress import progress_of
from apps.orders.models import Order
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain import life
from apps.shipments.domain.departure import departures, parcels_of
from apps.shipments.domain.life import Step
from apps.shipments.models import Parcel, Shipment
from apps.shipments.types import ShipmentFacts


@use_case(ShipmentFacts)
def dispatch_shipment(
    uow: UnitOfWork,
    shipment_id: str,
    *,
    expected: ExpectedVersion | None,
    expected_at: datetime | None,
    occurred_at: datetime | None,
) -> ShipmentFacts:
    """Book out all that is packed, of what is held for the order; the destination expects it.

    Raises InsufficientStock, with a pointer, where less is held: what waits for stock cannot leave.
    """
    row, order, lines = life.begin(uow, shipment_id, Step.DISPATCH, expected)
    row.expected_at = expected_at or row.expected_at
    items = [item for package in row.packages.all() for item in package.items.all()]
    stock = order_life.stock_of(order)
    booked = order_stock.post(uow, departures(uow, row, stock, list(enumerate(items)), occurred_at))
    parcels = Parcel.objects.bulk_create(parcels_of(row, booked))
    by_product = {line.product_id: line for line in lines}
    for parcel in parcels:
        by_product[parcel.product_id].shipped += parcel.shipped
    status = progress_of(order.status, lines)
    order_life.finish(
        uow,
        order,
        lines,
        event="order.shipped",
        status=status,
        shipped_at=uow.ctx.now if status == Order.SHIPPED else order.shipped_at,
    )
    return life.finish(
        uow,
        row,
        parcels,
        event="shipment.dispatched",
        status=Shipment.DISPATCHED,
        expected_at=row.expected_at,
        dispatched_at=occurred_at or uow.ctx.now,
    )
