from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.counting import lock_count
from apps.inventory.domain.decisions import next_count_status
from apps.inventory.queries.counts import CountFacts, whole_count
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(CountFacts)
def cancel_count(uow: UnitOfWork, count_id: str, *, expected: ExpectedVersion | None) -> CountFacts:
    """Close an open count without booking anything. Raises NotFound, or InvalidState for one that is closed."""
    row = lock_count(uow, count_id)
    if expected is not None:
        expected.check(row.version)
    row.status = next_count_status(row.status, "cancel")
    row.version += 1
    row.updated_at = row.closed_at = uow.ctx.now
    row.save(force_update=True, update_fields=["status", "version", "updated_at", "closed_at"])
    return whole_count(row)
