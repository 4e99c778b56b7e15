from datetime import datetime

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.arrivals import raise_first
from apps.inventory.domain.transfer_lines import departures, in_picking_order, note_departure
from apps.inventory.domain.transfers import Step, begin, finish
from apps.inventory.models import Transfer
from apps.inventory.queries.transfers import TransferFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(TransferFacts)
def ship_transfer(
    uow: UnitOfWork,
    transfer_id: str,
    *,
    expected: ExpectedVersion | None,
    expected_at: datetime | None,
    occurred_at: datetime | None,
) -> TransferFacts:
    """Take all that is planned off the source, what expires first first; the destination expects it.

    Raises InsufficientStock, naming the item, where the source has not all of it: then nothing leaves.
    """
    row, contents = begin(uow, transfer_id, Step.SHIP, expected)
    row.expected_at = expected_at or row.expected_at
    picked = in_picking_order(contents)
    lines = departures(row, picked, occurred_at)
    facts = raise_first(lines, kernel.post_within(uow, lines))
    for content, left in zip(picked, facts, strict=False):  # behind them, what the destination expects
        note_departure(content, left)
    row.status = Transfer.IN_TRANSIT
    row.shipped_at = occurred_at or uow.ctx.now
    return finish(uow, Step.SHIP, row, contents)
