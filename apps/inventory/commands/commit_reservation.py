"""Ship what a reservation holds: all of it, or part."""

from collections.abc import Sequence
from uuid import UUID

from apps.core.errors import FieldError, Forbidden, NotFound, Refusal
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel, leases
from apps.inventory.domain.movements import RULES
from apps.inventory.errors import ReservationEnded
from apps.inventory.types import CommittedItem, MovementType, ReservationFacts, ReservationStatus
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(ReservationFacts)
def commit_reservation(
    uow: UnitOfWork,
    reservation_id: UUID | None,
    *,
    items: Sequence[CommittedItem] | None,
    expected: ExpectedVersion | None,
) -> ReservationFacts:
    """Book what is named, or without `items` all that is held, as shipped; the rest stays held.

    Whoever holds the last unit can always commit it: what is held needs nothing to be available. Raises InvalidState
    where nothing is held any more, InsufficientStock where less is held than is named, NotFound for an item that the
    reservation is not about.
    """
    rule = RULES[MovementType.SHIPMENT, "held"]
    facts, lines = leases.lines_for(uow, reservation_id, kind=MovementType.SHIPMENT, rule=rule, whole=False)
    if items is not None:
        lines = _named(lines, items)
    leases.check_not_ended(uow, facts, expected)
    results = kernel.post_within(uow, lines)
    after = leases.left(uow, facts.reservation_id)
    done = any(leases.was_done(result) for result in results)
    for result in results:
        if isinstance(result, Forbidden):
            raise result  # whoever may not do it learns nothing of the version
    leases.check_version(after, expected, changed=done)
    if items is None and done:
        refused = [result for result in results if isinstance(result, Refusal) and result.code != "insufficient_stock"]
    else:
        refused = [result for result in results if isinstance(result, Refusal)]
    for result in refused:
        state = result.facts.get("reservationState", ReservationStatus.HELD)
        # Of the item, not of the whole: that may have come to its end by the other items, which is undone with this.
        raise result if state == ReservationStatus.HELD else ReservationEnded(reservationStatus=state)
    return after


def _named(lines: Sequence[kernel.Line], items: Sequence[CommittedItem]) -> list[kernel.Line]:
    """Return the lines that `items` name, with their quantities."""
    about = {(line["supplier"], line["product"], line["partner"]): line for line in lines}
    named = []
    for number, item in enumerate(items):
        line = about.get((item.supplier_id, item.product_id, item.retail_partner_id))
        if line is None:
            detail = "The reservation is not about this item."
            raise NotFound(errors=[FieldError(code="not_found", detail=detail, pointer=f"#/items/{number}")])
        if item.quantity is not None:
            line = {**line, "quantity": item.quantity}
            if item.unit is not None:
                line["unit"] = item.unit
        named.append(line)
    return named
