from apps.inventory.domain import kernel
from apps.inventory.domain.recall import Recall, RecallFacts, batch_line, batches_meant, recalled
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(RecallFacts)
def hold_batch(uow: UnitOfWork, recall: Recall) -> RecallFacts:
    """Hold a batch: nothing of it is offered, sold or shipped, and reservations on it give way. Twice is harmless."""
    rows = batches_meant(uow, recall)
    results = kernel.post_within(uow, [batch_line(row, "hold", recall.reason) for row in rows])
    return recalled(uow, recall, rows, results, held=True)
