"""Approve a stock count: all its differences are booked, in one call of the kernel, or none."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from apps.core.errors import InvalidState, Refusal
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.counting import lock_count
from apps.inventory.domain.decisions import next_count_status
from apps.inventory.models import Count, CountLine
from apps.inventory.queries.counts import CountFacts, CountLineFacts, count_lines, levels_not_counted, whole_count
from apps.inventory.types import Movement, MovementFacts, MovementType
from apps.outbox.unit_of_work import UnitOfWork, use_case

_WRITTEN = ["expected", "moved_since", "superseded", "displaced", "transaction_id"]


@use_case(CountFacts)
def approve_count(uow: UnitOfWork, count_id: str, *, expected: ExpectedVersion | None) -> CountFacts:
    """Book what was counted as of when it was counted, each line as a count; one without a difference books 0.

    Raises NotFound; InvalidState for a count that is closed or empty; and where a line is refused its refusal, with
    `lines` naming every such line. Then nothing is booked.
    """
    row = lock_count(uow, count_id)
    if expected is not None:
        expected.check(row.version)
    row.status = next_count_status(row.status, "approve")
    lines = list(CountLine.objects.filter(tenant_id=row.tenant_id, count=row).order_by("id"))
    if not lines:
        raise InvalidState("Nothing was counted: there is nothing to approve.")
    before = count_lines(row)
    results = kernel.post_within(uow, [_counted(row, line) for line in lines])
    _refuse(lines, results)
    for line, seen, result in zip(lines, before, results, strict=True):
        _write_down(line, seen, result)
    CountLine.objects.bulk_update(lines, _WRITTEN)
    _close(uow, row)
    return whole_count(row)


def _counted(row: Count, line: CountLine) -> dict[str, Any]:
    """Return a line as the kernel reads it; the batch is named even where it is none, so that no other is meant."""
    movement = Movement(
        type=MovementType.COUNT,
        supplier_id=line.supplier_id,
        product_id=line.product_id,
        retail_partner_id=line.retail_partner_id,
        quantity=line.quantity,
        warehouse_id=row.warehouse_id,
        reference=row.pk,
        counted_at=line.counted_at,
    )
    return {**kernel.movement_line(movement), "batch": line.batch_number}


def _refuse(lines: Sequence[CountLine], results: Sequence[MovementFacts | Refusal]) -> None:
    refused = [(line, result) for line, result in zip(lines, results, strict=True) if isinstance(result, Refusal)]
    if not refused:
        return
    first = refused[0][1]
    first.facts = {
        "lines": [
            {
                "supplierId": line.supplier_id,
                "productId": line.product_id,
                "batchNumber": line.batch_number,
                "code": result.code,
                **result.facts,
            }
            for line, result in refused
        ]
    }
    raise first


def _write_down(line: CountLine, seen: CountLineFacts, result: MovementFacts | Refusal) -> None:
    """Keep on the line what the kernel made of it; only it knows what was booked between the look and its locks."""
    assert not isinstance(result, Refusal)  # noqa: S101 -- refused above; for the type checker
    booked = next(each for each in result.transactions if each.type == MovementType.COUNT)
    line.transaction_id = booked.id
    line.displaced = -sum(each.reserved_change for each in result.transactions)
    line.superseded = booked.reason == "superseded"
    if line.superseded:
        line.expected, line.moved_since = seen.expected, seen.moved_since
    else:
        line.expected = line.quantity - booked.on_hand_change
        line.moved_since = booked.on_hand_after - line.quantity


def _close(uow: UnitOfWork, row: Count) -> None:
    number, levels = levels_not_counted(row)
    row.uncounted = {"number": number, "levels": [asdict(level) for level in levels]}
    row.version += 1
    row.updated_at = row.closed_at = uow.ctx.now
    row.save(force_update=True, update_fields=["status", "uncounted", "version", "updated_at", "closed_at"])
