from collections.abc import Sequence

from django.db.models import Q

from apps.core.errors import InvalidState
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.counting import MAX_LINES, CountedLine, Place, lock_count, places_of
from apps.inventory.domain.decisions import next_count_status
from apps.inventory.models import Count, CountLine
from apps.inventory.queries.counts import CountFacts, count_facts, count_lines
from apps.outbox.unit_of_work import UnitOfWork, use_case

_LEVEL = ("supplier_id", "product_id", "retail_partner_id", "batch_number")


@use_case(CountFacts)
def count_stock(
    uow: UnitOfWork, count_id: str, lines: Sequence[CountedLine], *, expected: ExpectedVersion | None
) -> CountFacts:
    """Write down what was counted: a line for each level, in the place of the one before; no quantity takes it out.

    The facts have the lines that were named. Raises what `places_of` raises, and InvalidState for a count that is
    closed or would have more than 1,000 lines.
    """
    row = lock_count(uow, count_id)
    if expected is not None:
        expected.check(row.version)
    row.status = next_count_status(row.status, "count")
    places = places_of(uow, row, lines)
    _write(row, lines, places)
    number = CountLine.objects.filter(tenant_id=row.tenant_id, count=row).count()
    if number > MAX_LINES:
        raise InvalidState(f"A count has at most {MAX_LINES} lines.", maximum=MAX_LINES)
    row.version += 1
    row.updated_at = uow.ctx.now
    row.save(force_update=True, update_fields=["status", "version", "updated_at"])
    named = set(places)
    return count_facts(
        row,
        line_count=number,
        lines=[line for line in count_lines(row) if Place(**{name: getattr(line, name) for name in _LEVEL}) in named],
    )


def _write(row: Count, lines: Sequence[CountedLine], places: Sequence[Place]) -> None:
    kept, gone = [], Q()
    for line, place in zip(lines, places, strict=True):
        level = {name: getattr(place, name) for name in _LEVEL}
        if line.quantity is None:
            gone |= Q(**level)
        else:
            kept.append(
                CountLine(
                    tenant_id=row.tenant_id, count=row, quantity=line.quantity, counted_at=line.counted_at, **level
                )
            )
    if gone:
        CountLine.objects.filter(gone, tenant_id=row.tenant_id, count=row).delete()
    CountLine.objects.bulk_create(
        kept,
        update_conflicts=True,
        unique_fields=["tenant", "count", "supplier", "product", "retail_partner", "batch_number"],
        update_fields=["quantity", "counted_at"],
    )
