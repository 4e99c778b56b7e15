"""What orders do to stock: hold it, give it up, ship it, take it back. The apps above reach the kernel here.

Who may do it was asked there: stock believes that a line is an order's, and lets it name places of both parties.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.errors import Refusal, pointing_to_items
from apps.inventory.domain import kernel
from apps.inventory.domain.arrivals import Line, given
from apps.inventory.domain.movements import BACK_ORDER, LOST, RULES, SENT_BACK, Rule
from apps.inventory.models import Reservation, ReservationLine
from apps.inventory.types import Disposition, MovementFacts, MovementType, ReservationFacts
from apps.outbox.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStock:
    """The order whose stock it is: what its reservation is called, and for whom it is."""

    order_id: str
    reservation_id: UUID
    supplier_id: str
    retail_partner_id: str | None
    priority: int = 0

    def line(self, kind: MovementType, product_id: str, quantity: int | None, rule: Rule) -> Line:
        """Return a line about what is held for it of a product."""
        return {
            "type": kind,
            "supplier": self.supplier_id,
            "product": product_id,
            "partner": None,
            "reservation": self.reservation_id,
            "reference": self.order_id,
            "priority": self.priority,
            "forOrder": True,
            "rule": rule.as_json(),
            **given(quantity=quantity, beneficiary=self.retail_partner_id),
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of a product is held; `backorder`: what is not there is waited for."""

    product_id: str
    quantity: int
    backorder: bool


@dataclass(frozen=True, slots=True)
class Picked:
    """What is shipped of a product: of which batch and from where, if that matters."""

    product_id: str
    quantity: int
    batch_number: str | None
    warehouse_id: str | None


def hold(uow: UnitOfWork, stock: OrderStock, wanted: Sequence[Wanted]) -> ReservationFacts:
    """Hold everything, or hold what there is of what may wait.

    Raises the first refusal, with a pointer to each refused item: then nothing is held.
    """
    rule = RULES[MovementType.RESERVATION, None]
    lines = [
        stock.line(MovementType.RESERVATION, each.product_id, each.quantity, BACK_ORDER if each.backorder else rule)
        | given(backorder=each.backorder or None)
        for each in wanted
    ]
    _raise_all(kernel.post_within(uow, lines))
    return held(uow, stock)


def give_up(uow: UnitOfWork, stock: OrderStock, quantities: Sequence[tuple[str, int]]) -> ReservationFacts:
    """Give up so much of products: first of what is waited for, then of what is held."""
    rule = RULES[MovementType.RELEASE, None]
    lines = [stock.line(MovementType.RELEASE, product_id, quantity, rule) for product_id, quantity in quantities]
    if lines:
        _raise_all(kernel.post_within(uow, lines))
    return held(uow, stock)


def departure(stock: OrderStock, picked: Picked, occurred_at: datetime | None) -> Line:
    """Return the line that ships what was picked out of what is held for the order."""
    rule = RULES[MovementType.SHIPMENT, "held"]
    line = stock.line(MovementType.SHIPMENT, picked.product_id, picked.quantity, rule)
    return line | given(batch=picked.batch_number, warehouse=picked.warehouse_id, occurredAt=occurred_at)


def comes_back(stock: OrderStock, picked: Picked, *, reference: str, reason: str, quarantined: bool) -> Line:
    """Return the line that books at the house what comes back of an order."""
    rule = RULES[MovementType.RETURN, Disposition.QUARANTINE if quarantined else Disposition.RESTOCK]
    line = stock.line(MovementType.RETURN, picked.product_id, picked.quantity, rule)
    del line["reservation"]
    return line | given(batch=picked.batch_number, warehouse=picked.warehouse_id, reason=reason, reference=reference)


def passes_through(stock: OrderStock, picked: Picked, *, leaves_as: str, reference: str, reason: str) -> Line:
    """Return the line that books what comes back and leaves again in one step: nobody is told that it was available."""
    line = stock.line(MovementType.RETURN, picked.product_id, picked.quantity, LOST)
    del line["reservation"]
    line["writeOff"] = {"type": leaves_as, "reason": reason}
    return line | given(batch=picked.batch_number, warehouse=picked.warehouse_id, reason=reason, reference=reference)


def leaves_partner(stock: OrderStock, picked: Picked, *, reference: str, reason: str) -> Line:
    """Return the line that takes off the partner's own item what it sends back."""
    line = stock.line(MovementType.SHIPMENT, picked.product_id, picked.quantity, SENT_BACK)
    del line["reservation"]
    line |= {"partner": stock.retail_partner_id}
    line.pop("beneficiary", None)
    return line | given(batch=picked.batch_number, warehouse=picked.warehouse_id, reason=reason, reference=reference)


def held_batches(uow: UnitOfWork, stock: OrderStock) -> frozenset[tuple[str, str | None]]:
    """Return the products, and the batches of them, of which something is held for the order."""
    rows = ReservationLine.objects.filter(
        tenant_id=uow.ctx.tenant_id, reservation_id=stock.reservation_id, remaining__gt=0
    )
    return frozenset(rows.values_list("level__item__product_id", "level__batch_number"))


def held(uow: UnitOfWork, stock: OrderStock) -> ReservationFacts:
    """Return what is held for the order, under whatever locks the unit of work holds."""
    return kernel.reservation_facts(uow, stock.reservation_id)


def set_priority(uow: UnitOfWork, stock: OrderStock) -> None:
    """Have what the order waits for served by its present priority from now on."""
    rows = Reservation.objects.filter(tenant_id=uow.ctx.tenant_id, pk=stock.reservation_id)
    rows.update(priority=stock.priority)


def post(uow: UnitOfWork, lines: Sequence[tuple[int, Line]]) -> list[MovementFacts]:
    """Book lines of an order, each with the number of the item that it is about: all or none.

    Raises the first refusal, with a pointer to each refused item.
    """
    results = kernel.post_within(uow, [line for _, line in lines]) if lines else []
    return _raise_all(results, [number for number, _ in lines])


def _raise_all(results: Sequence[MovementFacts | Refusal], numbers: Sequence[int] = ()) -> list[MovementFacts]:
    places = numbers or range(len(results))
    refused = [(place, result) for place, result in zip(places, results, strict=True) if isinstance(result, Refusal)]
    if refused:
        raise pointing_to_items(refused)
    return [result for result in results if not isinstance(result, Refusal)]
