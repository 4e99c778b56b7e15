from collections.abc import Sequence
from datetime import datetime

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.arrivals import ReceivedItem, raise_first
from apps.inventory.domain.transfer_lines import in_pieces, receive, write_off
from apps.inventory.domain.transfers import Step, begin, finish
from apps.inventory.models import Transfer
from apps.inventory.queries.transfers import TransferFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(TransferFacts)
def receive_transfer(
    uow: UnitOfWork,
    transfer_id: str,
    *,
    expected: ExpectedVersion | None,
    items: Sequence[ReceivedItem],
    complete: bool,
    occurred_at: datetime | None,
) -> TransferFacts:
    """Book what arrived at the destination; `complete` says that nothing more will, and writes off what did not.

    The transfer is closed when nothing is under way any more.
    """
    row, contents = begin(uow, transfer_id, Step.RECEIVE, expected)
    lines = receive(row, contents, in_pieces(uow, contents, items), occurred_at)
    if complete:
        lines += write_off(row, contents, occurred_at)
    raise_first(lines, kernel.post_within(uow, lines))
    if not any(parcel.in_transit for content in contents for parcel in content.parcels):
        row.status = Transfer.RECEIVED
        row.closed_at = uow.ctx.now
    return finish(uow, Step.RECEIVE, row, contents)
