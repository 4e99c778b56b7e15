"""What leaves with a shipment: the lines that book it, and the parcels that they make."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from apps.inventory.domain import order_stock
from apps.inventory.domain.arrivals import Consignment, Line, expectations
from apps.inventory.domain.order_stock import OrderStock, Picked
from apps.inventory.types import MovementFacts
from apps.outbox.unit_of_work import UnitOfWork
from apps.shipments.models import PackedItem, Parcel, Shipment


def consignment_of(row: Shipment) -> Consignment:
    """Return a shipment as what is under way into the retail partner's warehouse."""
    return Consignment(
        source=f"/v1/shipments/{row.pk}",
        reference=row.pk,
        movement="receipt",
        to_warehouse_id=row.delivery_warehouse_id or "",
        from_partner_id=None,
        expected_at=row.expected_at,
        changes_item=True,
        for_order=True,
    )


def departures(
    uow: UnitOfWork,
    row: Shipment,
    stock: OrderStock,
    items: Sequence[tuple[int, PackedItem]],
    occurred_at: datetime | None,
) -> list[tuple[int, Line]]:
    """Return a line for each packed item, then what the destination may expect; each with the item's number.

    Those that name a batch come first: the others take what these leave. And first of them those of which the order
    holds stock: what a batch that was picked instead gives back goes to whoever waits for it.
    """
    held = order_stock.held_batches(uow, stock) if _names_several_batches(items) else frozenset()

    def turn(each: tuple[int, PackedItem]) -> tuple[bool, bool]:
        item = each[1]
        return item.batch_number is None, (item.product_id, item.batch_number) not in held

    picked = sorted(items, key=turn)
    lines = [
        (
            number,
            order_stock.departure(
                stock, Picked(item.product_id, item.quantity, item.batch_number, row.from_warehouse_id), occurred_at
            ),
        )
        for number, item in picked
    ]
    if row.delivery_warehouse_id is not None:
        sent = [(row.supplier_id, item.product_id, item.quantity) for _, item in items]
        lines += [(0, line) for line in expectations(consignment_of(row), sent, occurred_at)]
    return lines


def _names_several_batches(items: Sequence[tuple[int, PackedItem]]) -> bool:
    """Tell whether several batches of one product are named."""
    named = {(item.product_id, item.batch_number) for _, item in items if item.batch_number is not None}
    return len({product_id for product_id, _ in named}) < len(named)


def postponement(row: Shipment, parcels: Sequence[Parcel]) -> list[tuple[int, Line]]:
    """Return lines that tell the destination when what is under way is expected now."""
    if row.delivery_warehouse_id is None:
        return []
    under_way = [(row.supplier_id, parcel.product_id, 0) for parcel in parcels if parcel.in_transit]
    return [(0, line) for line in expectations(consignment_of(row), under_way, None)]


def parcels_of(row: Shipment, booked: Sequence[MovementFacts]) -> list[Parcel]:
    """Return what left, by product and batch, as the kernel booked it."""
    left: dict[tuple[str, str | None], int] = defaultdict(int)
    expires: dict[tuple[str, str | None], datetime | None] = {}
    for facts in booked:
        known = {level.batch: level.expires_at for level in facts.item.levels}
        for each in facts.transactions:
            if each.on_hand_change < 0 and each.retail_partner_id is None:
                left[each.product_id, each.batch] -= each.on_hand_change
                expires[each.product_id, each.batch] = known.get(each.batch)
    return [
        Parcel(
            tenant_id=row.tenant_id,
            shipment=row,
            product_id=product_id,
            batch_number=batch,
            expires_at=expires[product_id, batch],
            shipped=quantity,
        )
        for (product_id, batch), quantity in left.items()
    ]
