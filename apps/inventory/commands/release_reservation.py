from uuid import UUID

from apps.core.errors import Refusal
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel, leases
from apps.inventory.domain.movements import RULES
from apps.inventory.types import MovementType
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(bool)
def release_reservation(uow: UnitOfWork, reservation_id: UUID | None, *, expected: ExpectedVersion | None) -> bool:
    """Give back all that a reservation holds; one of which nothing is held is left as it is, whatever its version."""
    rule = RULES[MovementType.RELEASE, None]
    facts, lines = leases.lines_for(uow, reservation_id, kind=MovementType.RELEASE, rule=rule, whole=False)
    results = kernel.post_within(uow, lines)
    for result in results:
        # Committed meanwhile: nothing is left to give back.
        if isinstance(result, Refusal) and result.code != "insufficient_stock":
            raise result
    if any(leases.was_done(result) for result in results):
        leases.check_version(leases.left(uow, facts.reservation_id), expected, changed=True)
    return True
