"""Hold stock of one or several items for somebody: all of it or none, or what there is."""

from collections.abc import Sequence

from msgspec.structs import replace

from apps.core.errors import Refusal, pointing_to_items
from apps.core.ids import uuid7
from apps.inventory.domain import kernel
from apps.inventory.domain.movements import check_lease
from apps.inventory.errors import InsufficientStock
from apps.inventory.types import Movement, NewReservation, ReservationFacts, ReservationMode, UnfilledFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(ReservationFacts)
def reserve_stock(uow: UnitOfWork, new: NewReservation) -> ReservationFacts:
    """Hold the items as one reservation.

    `all`: the first refusal is raised with a pointer to each refused line. `partial`: a line holds what there is; it
    is refused only where nothing can be held of any.
    """
    for movement in new.movements:
        check_lease(movement.reservation_expires_at, now=uow.ctx.now)
    reservation_id = uuid7()
    partial = new.mode is ReservationMode.PARTIAL
    lines = [
        {**kernel.movement_line(movement), "reservation": reservation_id, **({"upTo": True} if partial else {})}
        for movement in new.movements
    ]
    results = kernel.post_within(uow, lines)
    refused = [(number, result) for number, result in enumerate(results) if isinstance(result, Refusal)]
    short = [(number, result) for number, result in refused if isinstance(result, InsufficientStock)]
    if refused and (not partial or len(short) < len(refused) or len(refused) == len(results)):
        raise pointing_to_items(refused)
    facts = kernel.reservation_facts(uow, reservation_id)
    return replace(facts, at=facts.created_at, unfilled=_unfilled(new.movements, short))


def _unfilled(movements: Sequence[Movement], short: Sequence[tuple[int, Refusal]]) -> list[UnfilledFacts]:
    return [
        UnfilledFacts(
            supplier_id=movements[number].supplier_id,
            product_id=movements[number].product_id,
            retail_partner_id=movements[number].retail_partner_id,
            requested=int(refusal.facts["requested"]),
            available=int(refusal.facts["available"]),
        )
        for number, refusal in short
    ]
