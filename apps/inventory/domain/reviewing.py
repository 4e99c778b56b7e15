"""Deciding about stated values that were not booked: the staff's alone."""

from uuid import UUID

from apps.core.errors import Forbidden
from apps.inventory.models import Review
from apps.inventory.queries.reviews import reviews
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.queries import found


def review_to_decide(uow: UnitOfWork, review_id: UUID | None) -> Review:
    """Return a value that the caller may decide about. Raises NotFound, or Forbidden for all but staff."""
    row = found(reviews(uow.ctx), review_id)
    if not uow.ctx.principal.is_staff:
        raise Forbidden("Staff decide which value is believed.")
    return row


def lock_review(uow: UnitOfWork, review_id: UUID) -> Review:
    """Return it again, locked. The item's lock comes first where both are needed, as in the kernel."""
    return found(reviews(uow.ctx).select_for_update(of=("self",), no_key=True), review_id)


def decide(uow: UnitOfWork, row: Review, *, status: str, transaction_id: UUID | None = None) -> None:
    """Write down what was decided."""
    row.status = status
    row.transaction_id = transaction_id
    row.version += 1
    row.updated_at = uow.ctx.now
    row.save(force_update=True, update_fields=["status", "transaction_id", "version", "updated_at"])
