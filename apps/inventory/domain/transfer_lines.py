"""What the steps of a transfer are to the kernel: the lines that book them.

What is under way is expected at the destination (an arrival) from the moment it leaves. Every line that brings some of
it anywhere takes as much off that expectation, so that source, way and destination always add up.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from apps.core.errors import FieldError, NotFound, Refusal
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.inventory.domain.movements import (
    ARRIVAL,
    ARRIVED_DAMAGED,
    DELIVERY,
    DEPARTURE,
    EXPECTATION,
    LOST,
    TAKEN_BACK,
    Rule,
)
from apps.inventory.models import Transfer, TransferLine, TransferParcel
from apps.inventory.queries.transfers import Content
from apps.inventory.types import MovementFacts
from apps.outbox.unit_of_work import UnitOfWork

Line = dict[str, Any]

_DAMAGED, _OVER = "damaged in transit", "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedItem:
    """What arrived of a product: good and damaged pieces; without a batch, of those under way that expire first."""

    supplier_id: str
    product_id: str
    batch_number: str | None
    unit: str | None
    received: int
    damaged: int


@dataclass(slots=True)
class _Arrived:
    """What arrived of one parcel in one receipt."""

    line: TransferLine
    parcel: TransferParcel
    expected: int = 0
    over: int = 0
    damaged: int = 0


def departures(row: Transfer, contents: Sequence[Content], occurred_at: datetime | None) -> list[Line]:
    """Return a line for each content, in their order of `in_picking_order`, then what the destination may expect."""
    lines = []
    for content in contents:
        line = _line(row, content.line, content.line.planned, rule=DEPARTURE, occurred_at=occurred_at)
        line |= _given(warehouse=row.from_warehouse_id, batch=content.line.batch_number)
        if _is_delivery(row):
            line |= {"rule": DELIVERY.as_json(), "beneficiary": row.to_partner_id}
        if not _changes_item(row):
            line["arrival"] = _arrival(row, content.line.planned)
        lines.append(line)
    if _changes_item(row):
        lines += _expectations(row, ((content.line, content.line.planned) for content in contents), occurred_at)
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
    """Note what arrived on its parcels and return the lines that book it.

    What is under way is received first; what is more is over, and booked on the parcel that expires last. The items
    are some that it moves, in base units.
    """
    arrived: dict[int, _Arrived] = {}
    for item in items:
        parcels = _parcels_of(contents, item)
        for quantity, is_damaged in ((item.received, False), (item.damaged, True)):
            _spread(arrived, parcels, quantity, is_damaged=is_damaged)
    return [line for each in arrived.values() for line in _arrival_lines(row, each, occurred_at)]


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
    lines = []
    for content, parcel in _under_way(contents):
        quantity = parcel.in_transit
        parcel.short += quantity
        line = _line(row, content.line, quantity, rule=LOST, occurred_at=occurred_at)
        lines.append(line | _at_destination(row, parcel) | {"arrival": _arrival(row, -quantity)})
    return lines


def send_back(
    row: Transfer, contents: Sequence[Content], *, reason: str | None, occurred_at: datetime | None
) -> list[Line]:
    """Note everything that is still under way as returned and return the lines that book it at the source."""
    lines, withdrawn = [], []
    for content, parcel in _under_way(contents):
        quantity = parcel.in_transit
        parcel.returned += quantity
        line = _line(row, content.line, quantity, rule=ARRIVAL, occurred_at=occurred_at)
        line |= _at(row.from_warehouse_id, parcel) | _given(reason=reason)
        if _is_delivery(row):
            line |= {"rule": TAKEN_BACK.as_json(), "beneficiary": row.to_partner_id}
        if not _changes_item(row):
            line["arrival"] = _arrival(row, -quantity)
        lines.append(line)
        withdrawn.append((content.line, -quantity))
    if _changes_item(row):
        lines += _expectations(row, withdrawn, occurred_at)
    return lines


def raise_first(lines: Sequence[Line], results: Sequence[MovementFacts | Refusal]) -> list[MovementFacts]:
    """Return the facts of all lines. Raises the first refusal, with what it is about: then nothing is booked."""
    facts = []
    for line, result in zip(lines, results, strict=True):
        if isinstance(result, Refusal):
            result.facts |= {"supplierId": line["supplier"], "productId": line["product"]}
            result.facts |= _given(batchNumber=line.get("batch"))
            raise result
        facts.append(result)
    return facts


def _parcels_of(contents: Sequence[Content], item: ReceivedItem) -> list[tuple[TransferLine, TransferParcel]]:
    """Return the parcels that an arrival may be of, those that expire first first.

    A batch that was never sent gets a parcel: all of it is over.
    """
    product = (item.supplier_id, item.product_id)
    same = [content for content in contents if (content.line.supplier_id, content.line.product_id) == product]
    parcels = [(content.line, parcel) for content in same for parcel in content.parcels]
    if item.batch_number is None:
        return sorted(parcels, key=_expiry)
    of_batch = [each for each in parcels if each[1].batch_number == item.batch_number]
    if not of_batch:
        line = same[0].line
        same[0].parcels.append(TransferParcel(tenant_id=line.tenant_id, line=line, batch_number=item.batch_number))
        return [(line, same[0].parcels[-1])]
    return of_batch


def _expiry(each: tuple[TransferLine, TransferParcel]) -> tuple[bool, float]:
    expires_at = each[1].expires_at
    return expires_at is None, expires_at.timestamp() if expires_at else 0


def _spread(
    arrived: dict[int, _Arrived],
    parcels: Sequence[tuple[TransferLine, TransferParcel]],
    quantity: int,
    *,
    is_damaged: bool,
) -> None:
    left = quantity
    for place, (line, parcel) in enumerate(parcels):
        expected = min(left, parcel.in_transit)
        over = left - expected if place == len(parcels) - 1 else 0
        if expected + over == 0:
            continue
        left -= expected + over
        note = arrived.setdefault(id(parcel), _Arrived(line, parcel))
        note.expected += expected
        note.over += over
        parcel.over += over
        if is_damaged:
            note.damaged += expected + over
            parcel.damaged += expected + over
        else:
            parcel.received += expected + over


def _arrival_lines(row: Transfer, arrived: _Arrived, occurred_at: datetime | None) -> Iterable[Line]:
    place = _at_destination(row, arrived.parcel)
    for quantity, rule, members in (
        (arrived.expected, ARRIVAL, {"arrival": _arrival(row, -arrived.expected)}),
        (arrived.over, ARRIVAL, {"type": "adjustment", "reason": _OVER}),
        (arrived.damaged, ARRIVED_DAMAGED, {"type": "damage", "reason": _DAMAGED}),
    ):
        if quantity:
            yield _line(row, arrived.line, quantity, rule=rule, occurred_at=occurred_at) | place | members


def _under_way(contents: Sequence[Content]) -> Iterable[tuple[Content, TransferParcel]]:
    return ((content, parcel) for content in contents for parcel in content.parcels if parcel.in_transit)


def _expectations(
    row: Transfer, quantities: Iterable[tuple[TransferLine, int]], occurred_at: datetime | None
) -> list[Line]:
    """Return lines that book nothing and change what each item at the destination expects."""
    sums: dict[tuple[str, str], tuple[TransferLine, int]] = {}
    for line, quantity in quantities:
        key = (line.supplier_id, line.product_id)
        sums[key] = (line, quantity + (sums[key][1] if key in sums else 0))
    return [
        _line(row, line, abs(quantity), rule=EXPECTATION, occurred_at=occurred_at)
        | {"warehouse": row.to_warehouse_id, "arrival": _arrival(row, quantity)}
        for line, quantity in sums.values()
    ]


def _line(row: Transfer, line: TransferLine, quantity: int, *, rule: Rule, occurred_at: datetime | None) -> Line:
    return {
        "type": "transfer",
        "supplier": line.supplier_id,
        "product": line.product_id,
        "partner": None,  # the kernel finds it by the warehouse
        "quantity": quantity,
        "reference": row.pk,
        "rule": rule.as_json(),
        **_given(occurredAt=occurred_at),
    }


def _at(warehouse: str, parcel: TransferParcel) -> Line:
    """Return where a parcel comes to lie; it keeps its expiry, unless the batch is known there."""
    return {"warehouse": warehouse, "transit": True} | _given(batch=parcel.batch_number, expiresAt=parcel.expires_at)


def _at_destination(row: Transfer, parcel: TransferParcel) -> Line:
    """Return where a parcel arrives; a batch that was held meanwhile where it comes from stays held."""
    place = _at(row.to_warehouse_id, parcel)
    return {**place, "origin": row.from_partner_id} if _changes_item(row) else place


def _arrival(row: Transfer, quantity: int) -> Line:
    return {"source": source_of(row.pk), "quantity": quantity, "expectedAt": row.expected_at}


def source_of(transfer_id: str) -> str:
    """Return what an arrival calls the transfer that it comes from."""
    return f"/v1/transfers/{transfer_id}"


def _given(**members: Any) -> Line:
    return {name: value for name, value in members.items() if value is not None}


def _changes_item(row: Transfer) -> bool:
    """Tell whether the two ends are different items: the house's and a partner's, or two partners'."""
    return row.from_partner_id != row.to_partner_id


def _is_delivery(row: Transfer) -> bool:
    """Tell whether it takes stock off the market for a retail partner."""
    return row.from_partner_id is None and row.to_partner_id is not None
