"""What arrives of a transfer or a shipment: the lines that book it where it was expected.

What is under way is expected at its destination (an arrival) from the moment it leaves. Every line that brings some of
it anywhere takes as much off that expectation, so that source, way and destination always add up.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.errors import Refusal
from apps.inventory.domain.movements import ARRIVAL, EXPECTATION, LOST, Rule
from apps.inventory.models import SentBatch
from apps.inventory.types import MovementFacts

Line = dict[str, Any]

_DAMAGED, _OVER = "damaged in transit", "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """What is under way together. `changes_item`: what arrives is another party's item than what left."""

    source: str
    reference: str
    movement: str
    to_warehouse_id: str
    from_partner_id: str | None
    expected_at: datetime | None
    changes_item: bool
    for_order: bool = False

    def line(self, supplier_id: str, product_id: str, quantity: int, rule: Rule, occurred_at: datetime | None) -> Line:
        """Return a line for the kernel about one of its products."""
        return {
            "type": self.movement,
            "supplier": supplier_id,
            "product": product_id,
            "partner": None,  # the kernel finds it by the warehouse
            "quantity": quantity,
            "reference": self.reference,
            "rule": rule.as_json(),
            **given(occurredAt=occurred_at, forOrder=self.for_order or None),
        }

    def arrival(self, quantity: int) -> Line:
        """Return by how much what its destination expects of it changes."""
        return {"source": self.source, "quantity": quantity, "expectedAt": self.expected_at}

    def at_destination(self, parcel: SentBatch) -> Line:
        """Return where a parcel arrives; a batch that was held meanwhile where it comes from stays held."""
        place = at(self.to_warehouse_id, parcel)
        return {**place, "origin": self.from_partner_id} if self.changes_item else place


@dataclass(frozen=True, slots=True)
class Sent:
    """A parcel and the product that is in it."""

    supplier_id: str
    product_id: str
    parcel: SentBatch


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

    sent: Sent
    expected: int = 0
    over: int = 0
    damaged: int = 0


def receive(
    consignment: Consignment,
    sent: Sequence[Sent],
    items: Sequence[ReceivedItem],
    *,
    unsent: Callable[[ReceivedItem], SentBatch],
    occurred_at: datetime | None,
) -> list[Line]:
    """Note what arrived on its parcels and return the lines that book it.

    What is under way is received first; what is more is over, and booked on the parcel that expires last. The items
    are some that were sent, in base units; `unsent` makes the parcel of a batch that never was.
    """
    arrived: dict[int, _Arrived] = {}
    known = list(sent)
    for item in items:
        parcels = _parcels_of(known, item, unsent)
        for quantity, is_damaged in ((item.received, False), (item.damaged, True)):
            _spread(arrived, parcels, quantity, is_damaged=is_damaged)
    return [line for each in arrived.values() for line in _arrival_lines(consignment, each, occurred_at)]


def write_off(consignment: Consignment, sent: Sequence[Sent], occurred_at: datetime | None) -> list[Line]:
    """Note everything that is still under way as short and return the lines that book it."""
    lines = []
    for each in sent:
        quantity = each.parcel.in_transit
        if quantity:
            each.parcel.short += quantity
            line = consignment.line(each.supplier_id, each.product_id, quantity, LOST, occurred_at)
            place = consignment.at_destination(each.parcel)
            lines.append(line | place | {"arrival": consignment.arrival(-quantity)})
    return lines


def expectations(
    consignment: Consignment, quantities: Iterable[tuple[str, str, int]], occurred_at: datetime | None
) -> list[Line]:
    """Return lines that book nothing: by how much what each item (supplier, product) expects there changes."""
    sums: dict[tuple[str, str], int] = {}
    for supplier_id, product_id, quantity in quantities:
        sums[supplier_id, product_id] = sums.get((supplier_id, product_id), 0) + quantity
    return [
        consignment.line(supplier_id, product_id, abs(quantity), EXPECTATION, occurred_at)
        | {"warehouse": consignment.to_warehouse_id, "arrival": consignment.arrival(quantity)}
        for (supplier_id, product_id), quantity in sums.items()
    ]


def raise_first(lines: Sequence[Line], results: Sequence[MovementFacts | Refusal]) -> list[MovementFacts]:
    """Return the facts of all lines. Raises the first refusal, with what it is about: then nothing is booked."""
    facts = []
    for line, result in zip(lines, results, strict=True):
        if isinstance(result, Refusal):
            result.facts |= {"supplierId": line["supplier"], "productId": line["product"]}
            result.facts |= given(batchNumber=line.get("batch"))
            raise result
        facts.append(result)
    return facts


def at(warehouse: str, parcel: SentBatch) -> Line:
    """Return where a parcel comes to lie; it keeps its expiry, unless the batch is known there."""
    return {"warehouse": warehouse, "transit": True} | given(batch=parcel.batch_number, expiresAt=parcel.expires_at)


def given(**members: Any) -> Line:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def _parcels_of(known: list[Sent], item: ReceivedItem, unsent: Callable[[ReceivedItem], SentBatch]) -> list[Sent]:
    """Return the parcels that an arrival may be of, those that expire first first.

    A batch that was never sent gets a parcel, which is known from then on: all of it is over.
    """
    same = [each for each in known if (each.supplier_id, each.product_id) == (item.supplier_id, item.product_id)]
    if item.batch_number is None:
        return sorted(same, key=_expiry)
    of_batch = [each for each in same if each.parcel.batch_number == item.batch_number]
    if not of_batch:
        of_batch = [Sent(item.supplier_id, item.product_id, unsent(item))]
        known += of_batch
    return of_batch


def _expiry(each: Sent) -> tuple[bool, float]:
    expires_at = each.parcel.expires_at
    return expires_at is None, expires_at.timestamp() if expires_at else 0


def _spread(arrived: dict[int, _Arrived], parcels: Sequence[Sent], quantity: int, *, is_damaged: bool) -> None:
    left = quantity
    for place, sent in enumerate(parcels):
        parcel = sent.parcel
        expected = min(left, parcel.in_transit)
        over = left - expected if place == len(parcels) - 1 else 0
        if expected + over == 0:
            continue
        left -= expected + over
        note = arrived.setdefault(id(parcel), _Arrived(sent))
        note.expected += expected
        note.over += over
        parcel.over += over
        if is_damaged:
            note.damaged += expected + over
            parcel.damaged += expected + over
        else:
            parcel.received += expected + over


def _arrival_lines(consignment: Consignment, arrived: _Arrived, occurred_at: datetime | None) -> Iterable[Line]:
    sent = arrived.sent
    place = consignment.at_destination(sent.parcel)
    damaged = min(arrived.damaged, arrived.expected)
    for quantity, broken, members in (
        (arrived.expected, damaged, {"arrival": consignment.arrival(-arrived.expected)}),
        (arrived.over, arrived.damaged - damaged, {"type": "adjustment", "reason": _OVER}),
    ):
        if quantity:
            line = consignment.line(sent.supplier_id, sent.product_id, quantity, ARRIVAL, occurred_at)
            # In the same step: who waits for stock must not be promised what has come broken.
            hold = {"quantity": broken, "line": {"type": "damage", "reason": _DAMAGED}} if broken else None
            yield line | place | members | given(arrivedDamaged=hold)
