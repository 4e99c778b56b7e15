from apps.inventory.domain import kernel
from apps.inventory.domain.recall import Recall, RecallFacts, batch_line, batches_meant, recalled
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(RecallFacts)
def unhold_batch(uow: UnitOfWork, recall: Recall) -> RecallFacts:
    """Let a held batch go: what lies of it is offered again. Reservations that gave way do not come back."""
    rows = batches_meant(uow, recall)
    results = kernel.post_within(uow, [batch_line(row, "unhold", recall.reason) for row in rows])
    return recalled(uow, recall, rows, results, held=False)
