from uuid import UUID

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.decisions import next_review_status
from apps.inventory.domain.reviewing import decide, lock_review, review_to_decide
from apps.inventory.queries.reviews import ReviewFacts, review_facts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(ReviewFacts)
def reject_review(uow: UnitOfWork, review_id: UUID | None, *, expected: ExpectedVersion | None) -> ReviewFacts:
    """Leave the books as they are. Raises NotFound, Forbidden, or InvalidState for a value that is decided."""
    row = lock_review(uow, review_to_decide(uow, review_id).pk)
    if expected is not None:
        expected.check(row.version)
    decide(uow, row, status=next_review_status(row.status, "reject"))
    return review_facts(row)
