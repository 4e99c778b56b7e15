from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.ids import first_uuid7
from apps.core.panels import Figure, Panel, hours_until, stacked
from apps.core.tallies import MinuteTallies, by_hour, since_minute
from apps.transactions.models import StockTransaction
from apps.transactions.models.stock_transaction import StockTransactionQuerySet
from apps.transactions.types import TransactionFacts


def transactions(ctx: CallContext) -> StockTransactionQuerySet:
    """Return the ledger entries that the caller may see."""
    return StockTransaction.objects.visible_to(ctx.principal)


def transaction(ctx: CallContext, transaction_id: UUID | None) -> TransactionFacts:
    """Return one ledger entry. Raises NotFound where it is absent or invisible."""
    row = transactions(ctx).filter(pk=transaction_id).first() if transaction_id else None
    if row is None:
        raise NotFound
    return facts_of(row)


def batches_that_left(
    tenant_id: int, supplier_id: str, product_ids: Collection[str], *, reservation_id: UUID, since: datetime
) -> dict[str, set[str | None]]:
    """Return which batches of a supplier's products left of what a reservation held, None for stock without one."""
    rows = StockTransaction.objects.filter(
        tenant_id=tenant_id,
        supplier_id=supplier_id,
        product_id__in=product_ids,
        pk__gte=first_uuid7(since),
        reservation_id=reservation_id,
        on_hand_change__lt=0,
    )
    left: dict[str, set[str | None]] = defaultdict(set)
    for product_id, batch in rows.values_list("product_id", "batch_number").distinct():
        left[product_id].add(batch)
    return left


def facts_of(row: StockTransaction) -> TransactionFacts:
    """Return a row as facts."""
    return TransactionFacts(
        id=row.pk,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        retail_partner_id=row.retail_partner_id,
        item_version=row.item_version,
        warehouse=row.warehouse_id,
        owner=row.owner_type,
        batch=row.batch_number,
        type=row.type,
        on_hand_change=row.on_hand_change,
        reserved_change=row.reserved_change,
        on_hold_change=row.on_hold_change,
        on_hand_after=row.on_hand_after,
        reserved_after=row.reserved_after,
        on_hold_after=row.on_hold_after,
        reservation_id=row.reservation_id,
        reference=row.reference,
        reason=row.reason,
        application_id=row.application_id,
        party=row.party_type,
        party_id=row.party_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
    )


# By the primary key (tenant, id): the ids are in the order of time, so a time bound is a range of the key. The minute
# is read from the id itself, so that every row is counted in the minute by whose bound it is found.
_BY_MINUTE = """
    SELECT ('x' || substr(replace(newest.id::text, '-', ''), 1, 12))::bit(48)::bigint / 60000 AS minute,
           newest.type, count(*)
    FROM (
        SELECT t.id, t.type FROM transactions_stocktransaction t
        WHERE t.tenant_id = %(tenant)s AND t.id >= %(first)s
        ORDER BY t.id DESC LIMIT %(limit)s
    ) newest
    GROUP BY 1, 2
"""
# A day of 200,000 is more than two a second; above it the panel says from when on it counts.
_MAX_COUNTED = 200_000
_COLOURS = {
    "receipt": "#16a34a",
    "return": "#65a30d",
    "sale": "#2563eb",
    "shipment": "#0891b2",
    "reservation": "#8b5cf6",
    "release": "#c084fc",
    "transfer": "#64748b",
    "adjustment": "#d97706",
    "count": "#ca8a04",
    "damage": "#dc2626",
}


def _count_by_minute(tenant_id: int, since: datetime, limit: int) -> list[tuple[int, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_MINUTE, {"tenant": tenant_id, "first": first_uuid7(since), "limit": limit})
        rows: list[tuple[int, str, int]] = cursor.fetchall()
        return rows


_tallies = MinuteTallies(_count_by_minute, limit=_MAX_COUNTED)


def movements_per_hour(tenant_id: int, now: datetime) -> Panel:
    """Return the ledger's entries of the last 24 hours by hour and type (a dashboard panel)."""
    hours = hours_until(now)
    minutes, complete_from = _tallies.read(tenant_id, hours[0], now)
    partial = "" if complete_from <= hours[0] else f" Counted from {complete_from:%H:%M} UTC on: there are too many."
    last_hour = since_minute(minutes, now - timedelta(hours=1))
    return Panel(
        key="movements",
        title="Movements per hour",
        note="Ledger entries of the last 24 hours, UTC. A movement that touches several levels has several." + partial,
        empty="Nothing was booked in the last 24 hours.",
        figures=[
            Figure(
                label="Movements in the last hour",
                value=f"{last_hour:,}",
                note="ledger entries",
                model="transactions.StockTransaction",
            )
        ],
        chart=stacked(by_hour(minutes), hours, _COLOURS, "entries"),
    )


def entries_since(tenant_id: int, since: datetime, now: datetime) -> int:
    """Return how many entries the ledger got in the last 24 hours at most, from a moment on."""
    minutes, _ = _tallies.read(tenant_id, hours_until(now)[0], now)
    return since_minute(minutes, since)
