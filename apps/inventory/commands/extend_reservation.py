from datetime import datetime
from uuid import UUID

from apps.core.errors import Refusal
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel, leases
from apps.inventory.domain.movements import EXTENSION, check_lease
from apps.inventory.domain.reserved import reservation_status
from apps.inventory.types import ReservationFacts, ReservationStatus
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(ReservationFacts)
def extend_reservation(
    uow: UnitOfWork, reservation_id: UUID | None, *, until: datetime, expected: ExpectedVersion | None
) -> ReservationFacts:
    """Have a reservation that is still held expire later.

    Raises InvalidState where it has ended or lapsed, does not expire at all, or would not expire later.
    """
    check_lease(until, now=uow.ctx.now)
    facts, lines = leases.lines_for(uow, reservation_id, kind="extension", rule=EXTENSION, whole=True)
    leases.check_not_ended(uow, facts, expected)
    results = kernel.post_within(uow, [{**line, "reservationExpiresAt": until} for line in lines])
    refused = [result for result in results if isinstance(result, Refusal)]
    after = leases.left(uow, facts.reservation_id)
    held = reservation_status(after, at=uow.ctx.now) is ReservationStatus.HELD
    extended = held and not refused and after.expires_at == until
    leases.check_version(after, expected, changed=extended)
    for result in refused:
        raise result
    if not extended:
        raise leases.refuse_ended(after)
    return after
