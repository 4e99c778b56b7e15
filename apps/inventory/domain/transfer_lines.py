"""What the steps of a transfer are to the kernel: the lines that book them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from apps.core.errors import FieldError, NotFound
from apps.inventory.domain import arrivals
from apps.inventory.domain.arrivals import Consignment, Line, ReceivedItem, Sent, at, expectations, given
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.inventory.domain.movements import ARRIVAL, DELIVERY, DEPARTURE, TAKEN_BACK
from apps.inventory.models import SentBatch, Transfer, TransferLine, TransferParcel
from apps.inventory.queries.transfers import Content
from apps.inventory.types import MovementFacts
from apps.outbox.unit_of_work import UnitOfWork


def departures(row: Transfer, contents: Sequence[Content], occurred_at: datetime | None) -> list[Line]:
    """Return a line for each content, in their order of `in_picking_order`, then what the destination may expect."""
    consignment = consignment_of(row)
    lines = []
    for content in contents:
        each = content.line
        line = consignment.line(each.supplier_id, each.product_id, each.planned, DEPARTURE, occurred_at)
        line |= given(warehouse=row.from_warehouse_id, batch=each.batch_number)
        if _is_delivery(row):
            line |= {"rule": DELIVERY.as_json(), "beneficiary": row.to_partner_id}
        if not consignment.changes_item:
            line["arrival"] = consignment.arrival(each.planned)
        lines.append(line)
    if consignment.changes_item:
        lines += expectations(
            consignment, (_sum(content.line, content.line.planned) for content in contents), occurred_at
        )
    return lines


def in_picking_order(contents: Sequence[Content]) -> list[Content]:
    """Return those that name a batch first: the others take what these leave."""
    return sorted(contents, key=lambda content: content.line.batch_number is None)


def note_departure(content: Content, facts: MovementFacts) -> None:
    """Note what left of a line, by batch."""
    expires = {level.batch: level.expires_at for level in facts.item.levels}
    left: dict[str | None, int] = defaultdict(int)
    for booked in facts.transactions:
        left[booked.batch] -= booked.on_hand_change
    for batch, quantity in left.items():
        content.parcels.append(
            TransferParcel(
                tenant_id=content.line.tenant_id,
                line=content.line,
                batch_number=batch,
                expires_at=expires.get(batch),
                shipped=quantity,
            )
        )


def receive(
    row: Transfer, contents: Sequence[Content], items: Sequence[ReceivedItem], occurred_at: datetime | None
) -> list[Line]:
    """Note what arrived on its parcels and return the lines that book it."""

    def unsent(item: ReceivedItem) -> SentBatch:
        content = next(each for each in contents if _moves(each.line, item))
        parcel = TransferParcel(tenant_id=row.tenant_id, line=content.line, batch_number=item.batch_number)
        content.parcels.append(parcel)
        return parcel

    return arrivals.receive(consignment_of(row), _sent(contents), items, unsent=unsent, occurred_at=occurred_at)


def in_pieces(uow: UnitOfWork, contents: Sequence[Content], items: Sequence[ReceivedItem]) -> list[ReceivedItem]:
    """Return what arrived in base units.

    Raises NotFound for a product that the transfer does not move, and what `in_base_units` raises.
    """
    moved = {(content.line.supplier_id, content.line.product_id) for content in contents}
    for index, item in enumerate(items):
        if (item.supplier_id, item.product_id) not in moved:
            detail = "The transfer moves no such product."
            error = FieldError(code="not_found", detail=detail, pointer=f"#/items/{index}")
            raise NotFound(detail, errors=[error])
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


def write_off(row: Transfer, contents: Sequence[Content], occurred_at: datetime | None) -> list[Line]:
    """Note everything that is still under way as short and return the lines that book it."""
    return arrivals.write_off(consignment_of(row), _sent(contents), occurred_at)


def send_back(
    row: Transfer, contents: Sequence[Content], *, reason: str | None, occurred_at: datetime | None
) -> list[Line]:
    """Note everything that is still under way as returned and return the lines that book it at the source."""
    consignment = consignment_of(row)
    lines, withdrawn = [], []
    for each, parcel in _under_way(contents):
        quantity = parcel.in_transit
        parcel.returned += quantity
        line = consignment.line(each.supplier_id, each.product_id, quantity, ARRIVAL, occurred_at)
        line |= at(row.from_warehouse_id, parcel) | given(reason=reason)
        if _is_delivery(row):
            line |= {"rule": TAKEN_BACK.as_json(), "beneficiary": row.to_partner_id}
        if not consignment.changes_item:
            line["arrival"] = consignment.arrival(-quantity)
        lines.append(line)
        withdrawn.append(_sum(each, -quantity))
    if consignment.changes_item:
        lines += expectations(consignment, withdrawn, occurred_at)
    return lines


def consignment_of(row: Transfer) -> Consignment:
    """Return a transfer as what is under way. Its two ends may be the house's and a partner's, or two partners'."""
    return Consignment(
        source=source_of(row.pk),
        reference=row.pk,
        movement="transfer",
        to_warehouse_id=row.to_warehouse_id,
        from_partner_id=row.from_partner_id,
        expected_at=row.expected_at,
        changes_item=row.from_partner_id != row.to_partner_id,
    )


def source_of(transfer_id: str) -> str:
    """Return what an arrival calls the transfer that it comes from."""
    return f"/v1/transfers/{transfer_id}"


def _sent(contents: Sequence[Content]) -> list[Sent]:
    return [
        Sent(content.line.supplier_id, content.line.product_id, parcel)
        for content in contents
        for parcel in content.parcels
    ]


def _under_way(contents: Sequence[Content]) -> Iterable[tuple[TransferLine, TransferParcel]]:
    return ((content.line, parcel) for content in contents for parcel in content.parcels if parcel.in_transit)


def _moves(line: TransferLine, item: ReceivedItem) -> bool:
    return (line.supplier_id, line.product_id) == (item.supplier_id, item.product_id)


def _sum(line: TransferLine, quantity: int) -> tuple[str, str, int]:
    return line.supplier_id, line.product_id, quantity


def _is_delivery(row: Transfer) -> bool:
    """Tell whether it takes stock off the market for a retail partner."""
    return row.from_partner_id is None and row.to_partner_id is not None
