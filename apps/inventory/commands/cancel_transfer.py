from datetime import datetime

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.arrivals import raise_first
from apps.inventory.domain.transfer_lines import send_back
from apps.inventory.domain.transfers import Step, begin, finish
from apps.inventory.models import Transfer
from apps.inventory.queries.transfers import TransferFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(TransferFacts)
def cancel_transfer(
    uow: UnitOfWork,
    transfer_id: str,
    *,
    expected: ExpectedVersion | None,
    reason: str | None,
    occurred_at: datetime | None,
) -> TransferFacts:
    """Cancel a transfer. What is still under way goes back to where it came from; what has arrived stays."""
    row, contents = begin(uow, transfer_id, Step.CANCEL, expected)
    lines = send_back(row, contents, reason=reason, occurred_at=occurred_at)
    if lines:
        raise_first(lines, kernel.post_within(uow, lines))
    row.status = Transfer.CANCELLED
    row.closed_at = uow.ctx.now
    return finish(uow, Step.CANCEL, row, contents)
