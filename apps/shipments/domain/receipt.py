"""What arrives of shipments: booked into the partner's own item, noted for both parties, and where they differ."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.core.codes import chosen_or_new
from apps.core.context import PartyType
from apps.core.errors import FieldError, NotFound
from apps.inventory.domain import arrivals, order_stock
from apps.inventory.domain.arrivals import Line, ReceivedItem, Sent
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.orders.domain.progress import progress_of
from apps.orders.errors import MoreThanOpen
from apps.orders.models import Order, OrderLine
from apps.outbox.types import Event
from apps.outbox.unit_of_work import UnitOfWork
from apps.shipments.domain.departure import consignment_of
from apps.shipments.models import Discrepancy, Parcel, Shipment
from apps.shipments.queries import discrepancy_facts
from apps.shipments.types import ArrivedItem
from apps.tenancy.domain import master_data


@dataclass(slots=True)
class Incoming:
    """A shipment that is under way and its parcels."""

    shipment: Shipment
    parcels: list[Parcel]

    def sent(self) -> list[Sent]:
        """Return the parcels as what arrivals are compared with."""
        return [Sent(self.shipment.supplier_id, parcel.product_id, parcel) for parcel in self.parcels]

    def unsent(self, item: ReceivedItem) -> Parcel:
        """Return a parcel, added to the others, for a batch that was never sent."""
        parcel = Parcel(
            tenant_id=self.shipment.tenant_id,
            shipment=self.shipment,
            product_id=item.product_id,
            batch_number=item.batch_number,
        )
        self.parcels.append(parcel)
        return parcel

    def of(self, product_id: str, batch_number: str | None) -> list[Parcel]:
        """Return the parcels of a product: of a batch, or of any; those that expire first first."""
        return [
            parcel
            for parcel in self.parcels
            if parcel.product_id == product_id and batch_number in (None, parcel.batch_number)
        ]


def in_pieces(uow: UnitOfWork, incoming: Sequence[Incoming], items: Sequence[ArrivedItem]) -> list[ArrivedItem]:
    """Return what arrived in base units.

    Raises NotFound for a product that was not sent, and what `in_base_units` raises.
    """
    sent = {parcel.product_id for each in incoming for parcel in each.parcels}
    unknown = [index for index, item in enumerate(items) if item.product_id not in sent]
    if unknown:
        detail = "No such product is under way."
        raise NotFound(
            detail,
            errors=[
                FieldError(code="not_found", detail=detail, pointer=f"#/items/{index}/productId") for index in unknown
            ],
        )
    asked = [
        Measured(item.product_id, item.unit, quantity, f"#/items/{index}/{name}")
        for index, item in enumerate(items)
        for name, quantity in (("received", item.received), ("damaged", item.damaged))
    ]
    found = in_base_units(uow, asked)
    return [
        replace(item, unit=None, received=received, damaged=damaged)
        for item, received, damaged in zip(items, found[::2], found[1::2], strict=True)
    ]


def as_sent(incoming: Sequence[Incoming]) -> list[ArrivedItem]:
    """Return everything that is under way, as good as it left."""
    return [
        ArrivedItem(parcel.product_id, parcel.batch_number, None, parcel.in_transit, 0)
        for each in incoming
        for parcel in each.parcels
        if parcel.in_transit
    ]


def book(
    uow: UnitOfWork,
    order: Order,
    lines: Sequence[OrderLine],
    incoming: Sequence[Incoming],
    items: Sequence[ArrivedItem],
    *,
    complete: bool,
    occurred_at: datetime | None,
) -> list[Discrepancy]:
    """Note what arrived and book it at the destination; `complete` writes off what did not. Returns where they differ.

    What is under way longest is received first; what is more than that is over, which only the receiver can say.
    Raises MoreThanOpen for a supplier that says more than it sent, and where what is written off has come back.
    """
    if uow.ctx.principal.party is PartyType.SUPPLIER:
        _refuse_more_than_sent(incoming, items)
    before = {id(parcel): noted(parcel) for each in incoming for parcel in each.parcels}
    booked: list[Line] = []
    for each, arrived in zip(incoming, _spread(incoming, items), strict=True):
        booked += arrivals.receive(
            consignment_of(each.shipment), each.sent(), arrived, unsent=each.unsent, occurred_at=occurred_at
        )
        if complete:
            booked += arrivals.write_off(consignment_of(each.shipment), each.sent(), occurred_at)
    if order.delivery_warehouse_id is not None:
        order_stock.post(uow, [(0, line) for line in booked])
    rows = []
    for each in incoming:
        for parcel in each.parcels:
            rows += _differences(uow, order, each.shipment, parcel, before.get(id(parcel), (0, 0, 0, 0)))
    _note(lines, incoming, before)
    order.status = progress_of(order.status, lines)
    return rows


def tell_discrepancies(uow: UnitOfWork, rows: Sequence[Discrepancy]) -> None:
    """Emit that discrepancies were opened."""
    for row in rows:
        tell_discrepancy(uow, row, "discrepancy.opened")


def tell_discrepancy(uow: UnitOfWork, row: Discrepancy, event: str) -> None:
    """Emit what happened to a discrepancy."""
    facts = discrepancy_facts(row)
    about = {"supplierId": row.supplier_id, "productId": row.product_id, "warehouses": [], "discrepancy": facts}
    uow.emit(Event(event, row.pk, row.version, about))


def noted(parcel: Parcel) -> tuple[int, int, int, int]:
    """Return what is noted of a parcel: received, damaged, short, over."""
    return parcel.received, parcel.damaged, parcel.short, parcel.over


def _spread(incoming: Sequence[Incoming], items: Sequence[ArrivedItem]) -> list[list[ReceivedItem]]:
    """Return for each shipment what arrived of it: as much as is under way, and the last one has the rest."""
    spread: list[list[ReceivedItem]] = [[] for _ in incoming]
    under_way = {id(parcel): parcel.in_transit for each in incoming for parcel in each.parcels}
    for item in items:
        left = [item.received, item.damaged]
        having = [number for number, each in enumerate(incoming) if _has(each, item.product_id)]
        for number in having:
            parcels = incoming[number].of(item.product_id, item.batch_number)
            room = sum(under_way[id(parcel)] for parcel in parcels)
            taken = left if number == having[-1] else _up_to(left, room)
            _take(under_way, parcels, sum(taken))  # what one item has, the next one has not
            left = [left[0] - taken[0], left[1] - taken[1]]
            if any(taken):
                spread[number].append(
                    ReceivedItem(
                        supplier_id=incoming[number].shipment.supplier_id,
                        product_id=item.product_id,
                        batch_number=item.batch_number,
                        unit=None,
                        received=taken[0],
                        damaged=taken[1],
                    )
                )
    return spread


def _refuse_more_than_sent(incoming: Sequence[Incoming], items: Sequence[ArrivedItem]) -> None:
    said: Counter[str] = Counter()
    for item in items:
        said[item.product_id] += item.received + item.damaged
    for product_id, requested in said.items():
        under_way = sum(parcel.in_transit for each in incoming for parcel in each.of(product_id, None))
        if requested > under_way:
            raise MoreThanOpen(productId=product_id, open=under_way, requested=requested, step="delivered")


def _has(incoming: Incoming, product_id: str) -> bool:
    return any(parcel.product_id == product_id for parcel in incoming.parcels)


def _take(under_way: dict[int, int], parcels: Sequence[Parcel], quantity: int) -> None:
    for parcel in parcels:
        taken = min(quantity, under_way[id(parcel)])
        under_way[id(parcel)] -= taken
        quantity -= taken


def _up_to(left: Sequence[int], room: int) -> list[int]:
    received = min(left[0], room)
    return [received, min(left[1], room - received)]


def _differences(
    uow: UnitOfWork, order: Order, shipment: Shipment, parcel: Parcel, before: tuple[int, int, int, int]
) -> list[Discrepancy]:
    _, damaged, short, over = (now - then for now, then in zip(noted(parcel), before, strict=True))
    found = ((Discrepancy.DAMAGED, damaged), (Discrepancy.SHORT, short), (Discrepancy.OVER, over))
    return [
        master_data.create(
            uow,
            Discrepancy,
            code=chosen_or_new(None, prefix="dsc", pointer=""),
            status=Discrepancy.OPEN,
            kind=kind,
            order=order,
            shipment=shipment,
            product_id=parcel.product_id,
            batch_number=parcel.batch_number,
            supplier_id=order.supplier_id,
            retail_partner_id=order.retail_partner_id,
            quantity=quantity,
            party_type=uow.ctx.principal.party.value,
        )
        for kind, quantity in found
        if quantity
    ]


def _note(
    lines: Sequence[OrderLine], incoming: Sequence[Incoming], before: dict[int, tuple[int, int, int, int]]
) -> None:
    """Note on the order's lines what arrived of their products; what has come back did arrive."""
    by_product = {line.product_id: line for line in lines}
    for each in incoming:
        for parcel in each.parcels:
            line = by_product[parcel.product_id]
            then = before.get(id(parcel), (0, 0, 0, 0))
            received, damaged, short, over = (now - was for now, was in zip(noted(parcel), then, strict=True))
            line.received += received
            line.damaged += damaged
            line.short += short
            line.over += over
            there = line.shipped - line.returned
            if short and line.short > there:
                raise MoreThanOpen(productId=line.product_id, open=there, requested=line.short, step="written off")
