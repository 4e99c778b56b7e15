from apps.core.context import CallContext
from apps.inventory.domain import kernel, parking
from apps.inventory.domain.movements import check, check_lease
from apps.inventory.queries.parked import parked_facts
from apps.inventory.types import Movement, PostedOrParked
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork, use_case


def post_or_park(ctx: CallContext, movement: Movement) -> Outcome[PostedOrParked]:
    """Post one movement whose product was named by a code of the caller's own, or park it until the code is mapped.

    One road for both, so that a repeated request is told the same, whatever its code stands for by then. Raises
    ValidationFailed for a movement that lacks what its kind needs, and the kernel's refusals.
    """
    check(movement)
    kernel.movement_line(movement)
    return _post_or_park(ctx, movement)


@use_case(PostedOrParked)
def _post_or_park(uow: UnitOfWork, movement: Movement) -> PostedOrParked:
    check_lease(movement.reservation_expires_at, now=uow.ctx.now)
    if parking.may_wait(uow.ctx, movement):
        (row,) = parking.park(uow, [movement])
        return PostedOrParked(parked=parked_facts(row))
    return PostedOrParked(posted=kernel.post_one(uow, kernel.movement_line(movement), expected=movement.expected))
