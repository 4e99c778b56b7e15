"""Stock counts, with what the books said when somebody counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count as Number
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.core.context import CallContext, PartyType
from apps.core.times import rfc3339
from apps.inventory.models import Count, CountLine
from apps.inventory.models.counting import CountQuerySet
from apps.tenancy.queries import found

_SHOWN = 100

# What the books said as of `counted_at`: what they say now, less what has moved since (domain/counts.sql). A line that
# was approved keeps what it was approved with.
_LINES = """
    SELECT n.supplier_id, n.product_id, n.retail_partner_id, n.batch_number, n.quantity, n.counted_at,
           COALESCE(n.expected, l.on_hand - m.quantity, 0), COALESCE(n.moved_since, m.quantity, 0),
           COALESCE(n.superseded, l.set_at > n.counted_at, false), n.displaced, n.transaction_id
    FROM inventory_countline n
    LEFT JOIN inventory_stockitem i ON i.tenant_id = n.tenant_id AND i.supplier_id = n.supplier_id
        AND i.product_id = n.product_id AND i.retail_partner_id IS NOT DISTINCT FROM n.retail_partner_id
    LEFT JOIN inventory_stocklevel l ON l.tenant_id = i.tenant_id AND l.item_id = i.id
        AND l.warehouse_id = %(warehouse)s AND l.batch_number IS NOT DISTINCT FROM n.batch_number
    LEFT JOIN LATERAL (SELECT stock_moved_since(i, l.id, n.counted_at) AS quantity) m
        ON l.id IS NOT NULL AND n.moved_since IS NULL
    WHERE n.tenant_id = %(tenant)s AND n.count_id = %(count)s
    ORDER BY n.id
"""
# By the index levels_of_a_warehouse.
_UNCOUNTED = """
    SELECT i.supplier_id, i.product_id, i.retail_partner_id, l.batch_number, l.on_hand, count(*) OVER ()
    FROM inventory_stocklevel l
    JOIN inventory_stockitem i ON i.tenant_id = l.tenant_id AND i.id = l.item_id
    WHERE l.tenant_id = %(tenant)s AND l.warehouse_id = %(warehouse)s AND l.on_hand > 0
      AND (%(supplier)s::text IS NULL OR i.supplier_id = %(supplier)s)
      AND NOT EXISTS (
          SELECT FROM inventory_countline n
          WHERE n.tenant_id = l.tenant_id AND n.count_id = %(count)s AND n.supplier_id = i.supplier_id
            AND n.product_id = i.product_id AND n.retail_partner_id IS NOT DISTINCT FROM i.retail_partner_id
            AND n.batch_number IS NOT DISTINCT FROM l.batch_number)
    ORDER BY i.supplier_id, i.product_id, l.batch_number NULLS FIRST LIMIT %(shown)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLineFacts:
    """What was counted of one level, beside what the books said then; moments are RFC 3339.

    `superseded`: a later count of the level is booked, so this one changes nothing. `displaced` and `transaction_id`
    are of an approved one.
    """

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None
    quantity: int
    counted_at: str
    expected: int
    moved_since: int
    superseded: bool
    displaced: int | None
    transaction_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UncountedFacts:
    """A level that the books know and nobody has counted."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None
    on_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFacts:
    """A count as a command leaves it. `uncounted_number` counts them all, `uncounted` shows the first 100."""

    count_id: str
    warehouse_id: str
    reference: str | None
    status: str
    line_count: int
    version: int
    created_at: str
    updated_at: str
    closed_at: str | None
    lines: list[CountLineFacts] | None = None
    uncounted: list[UncountedFacts] | None = None
    uncounted_number: int | None = None


def counts(ctx: CallContext) -> CountQuerySet:
    """Return the counts that the caller may see, with the number of their lines."""
    lines = CountLine.objects.filter(tenant_id=OuterRef("tenant_id"), count_id=OuterRef("pk")).order_by()
    numbers = lines.values("count_id").annotate(number=Number("pk")).values("number")
    return Count.objects.visible_to(ctx.principal).annotate(line_count=Coalesce(Subquery(numbers), 0))


def count(ctx: CallContext, count_id: str) -> CountFacts:
    """Return one count with all its lines. Raises NotFound where it is absent or invisible."""
    return whole_count(found(Count.objects.visible_to(ctx.principal), count_id))


def whole_count(row: Count) -> CountFacts:
    """Return a count with all its lines and what was not counted; of a cancelled one that is nothing to say."""
    lines = count_lines(row)
    number, uncounted = _uncounted(row)
    return count_facts(row, line_count=len(lines), lines=lines, uncounted=uncounted, uncounted_number=number)


def count_facts(row: Count, *, line_count: int, **details: Any) -> CountFacts:
    """Return a row as facts."""
    return CountFacts(
        count_id=row.pk,
        warehouse_id=row.warehouse_id,
        reference=row.reference,
        status=row.status,
        line_count=line_count,
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
        closed_at=rfc3339(row.closed_at) if row.closed_at else None,
        **details,
    )


def count_lines(row: Count) -> list[CountLineFacts]:
    """Return the lines of a count in the order in which they were first counted."""
    found_lines = _fetch(_LINES, {"tenant": row.tenant_id, "count": row.pk, "warehouse": row.warehouse_id})
    return [_line(*line) for line in found_lines]


def levels_not_counted(row: Count) -> tuple[int, list[UncountedFacts]]:
    """Return how many levels of the warehouse hold something and have no line, and the first 100 of them.

    Of a supplier's count: those of its own stock.
    """
    supplier = row.party_id if row.party_type == PartyType.SUPPLIER else None
    params = {"tenant": row.tenant_id, "count": row.pk, "warehouse": row.warehouse_id, "supplier": supplier}
    rows = _fetch(_UNCOUNTED, {**params, "shown": _SHOWN})
    return rows[0][5] if rows else 0, [_level(*level[:5]) for level in rows]


def _uncounted(row: Count) -> tuple[int | None, list[UncountedFacts] | None]:
    if row.status == Count.OPEN:
        return levels_not_counted(row)
    if row.uncounted is None:
        return None, None
    return row.uncounted["number"], [UncountedFacts(**level) for level in row.uncounted["levels"]]


def _line(
    supplier: str,
    product: str,
    partner: str | None,
    batch: str | None,
    quantity: int,
    counted_at: datetime,
    *booked: Any,
) -> CountLineFacts:
    expected, moved_since, superseded, displaced, transaction_id = booked
    return CountLineFacts(
        supplier_id=supplier,
        product_id=product,
        retail_partner_id=partner,
        batch_number=batch,
        quantity=quantity,
        counted_at=rfc3339(counted_at),
        expected=expected,
        moved_since=moved_since,
        superseded=superseded,
        displaced=displaced,
        transaction_id=transaction_id,
    )


def _level(supplier: str, product: str, partner: str | None, batch: str | None, on_hand: int) -> UncountedFacts:
    return UncountedFacts(
        supplier_id=supplier, product_id=product, retail_partner_id=partner, batch_number=batch, on_hand=on_hand
    )


def _fetch(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
