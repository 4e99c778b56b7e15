"""Book a stated value that was not believed."""

from uuid import UUID

from apps.core.errors import Refusal
from apps.core.ids import encode_id
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.decisions import next_review_status
from apps.inventory.domain.reviewing import decide, lock_review, review_to_decide
from apps.inventory.models import Review
from apps.inventory.queries.reviews import ReviewFacts, review_facts
from apps.inventory.types import Movement, MovementType
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(ReviewFacts)
def approve_review(uow: UnitOfWork, review_id: UUID | None, *, expected: ExpectedVersion | None) -> ReviewFacts:
    """Book the value as a count as of when it was stated, whatever was believed since; what moved since stays booked.

    Raises NotFound, Forbidden, InvalidState for a value that is decided, and the kernel's refusals.
    """
    row = review_to_decide(uow, review_id)
    _check(row, expected)
    line = {**kernel.movement_line(_movement(row)), "batch": row.batch_number, "prevails": True}
    (result,) = kernel.post_within(uow, [line])
    if isinstance(result, Refusal):
        raise result
    row = lock_review(uow, row.pk)  # somebody may have decided while this waited for the item
    decide(uow, row, status=_check(row, expected), transaction_id=result.transactions[0].id)
    return review_facts(row)


def _movement(row: Review) -> Movement:
    return Movement(
        type=MovementType.COUNT,
        supplier_id=row.item.supplier_id,
        product_id=row.item.product_id,
        retail_partner_id=row.item.retail_partner_id,
        quantity=row.stated,
        warehouse_id=row.warehouse_id,
        reference=row.reference,
        reason=f"approved {encode_id('rev', row.pk)}",
        counted_at=row.stated_at,
    )


def _check(row: Review, expected: ExpectedVersion | None) -> str:
    if expected is not None:
        expected.check(row.version)
    return next_review_status(row.status, "approve")
