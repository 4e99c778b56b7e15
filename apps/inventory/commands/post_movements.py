"""Post movements: one, or a list."""

from collections.abc import Sequence

from apps.core.context import CallContext
from apps.core.errors import InvalidRequest, Refusal, pointing_to_items, within_item
from apps.inventory.domain import kernel, parking
from apps.inventory.domain.movements import check, check_lease, lapsed_lease
from apps.inventory.queries.parked import parked_facts
from apps.inventory.types import BatchFacts, BatchMode, BatchResult, Movement, MovementFacts
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.outbox.waker import wake_relay


def post_movement(ctx: CallContext, movement: Movement) -> Outcome[MovementFacts]:
    """Post one movement: one round trip, one transaction.

    Raises ValidationFailed for a movement that lacks what its kind needs, and the kernel's refusals.
    """
    check(movement)
    if movement.reservation_expires_at is not None and movement.reservation_expires_at <= ctx.now:
        return _told_again(ctx)
    outcome = kernel.post_alone(ctx, kernel.movement_line(movement), movement.expected)
    wake_relay()
    return outcome


@use_case(MovementFacts)
def _told_again(uow: UnitOfWork) -> MovementFacts:
    """Tell again what a reservation was that has lapsed since; refuse one that is over before it begins."""
    raise lapsed_lease()


@use_case(BatchFacts)
def post_batch(uow: UnitOfWork, movements: Sequence[Movement], *, mode: BatchMode) -> BatchFacts:
    """Post a list of movements, in its order, each seeing what those before it did.

    `atomic`: all or none; the first refusal is raised with the pointers of every refused line. `partial`: each line
    has its own result, and one whose code stands for nothing yet is parked.
    """
    for index, movement in enumerate(movements):
        check_lease(movement.reservation_expires_at, now=uow.ctx.now, pointer=f"#/items/{index}/expiresAt")
    waiting = set()
    if mode is BatchMode.PARTIAL:
        waiting = {index for index, movement in enumerate(movements) if parking.may_wait(uow.ctx, movement)}
    parked = iter(parking.park(uow, [movements[index] for index in sorted(waiting)]) if waiting else ())
    lines = [kernel.movement_line(movement) for index, movement in enumerate(movements) if index not in waiting]
    results = kernel.post_within(uow, lines) if lines else []
    if mode is BatchMode.ATOMIC:
        refused = [(index, result) for index, result in enumerate(results) if isinstance(result, Refusal)]
        if refused:
            raise pointing_to_items(refused)
    posted = iter(results)
    return BatchFacts(
        results=[
            BatchResult(parked=parked_facts(next(parked))) if index in waiting else _batch_result(next(posted))
            for index in range(len(movements))
        ]
    )


def check_batch(movements: Sequence[Movement]) -> None:
    """Refuse a list in which a movement lacks what its kind needs, pointing to the line."""
    for index, movement in enumerate(movements):
        try:
            check(movement)
            kernel.movement_line(movement)
        except InvalidRequest as refusal:
            refusal.errors = tuple(within_item(error, index) for error in refusal.errors)
            raise


def _batch_result(result: MovementFacts | Refusal) -> BatchResult:
    if isinstance(result, Refusal):
        return BatchResult(code=result.code, refusal=result.facts, errors=[error.as_dict() for error in result.errors])
    return BatchResult(facts=result)
