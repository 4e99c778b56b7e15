"""Stock that somebody should look at: a dashboard panel."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from apps.core.panels import Cell, Figure, Panel

_EXPIRING_DAYS = 14
_SHOWN = 8
# What a reading looks at, at most, whatever the tenant has.
_MAX_ITEMS = 50_000
_MAX_LEVELS = 5_000

# By the primary key (tenant, id). Whether an item is low is not indexed on purpose: every movement changes it.
_ITEMS = """
    WITH looked_at AS MATERIALIZED (
        SELECT i.id, i.supplier_id, i.product_id, i.retail_partner_id, i.reorder_threshold AS threshold,
               i.on_hand - i.reserved - i.on_hold AS available
        FROM inventory_stockitem i WHERE i.tenant_id = %(tenant)s ORDER BY i.id LIMIT %(most)s
    )
    SELECT a.id, a.supplier_id, a.product_id, a.retail_partner_id, a.available, a.threshold,
           count(*) OVER () AS items,
           count(*) FILTER (WHERE a.available <= 0) OVER () AS out,
           count(*) FILTER (WHERE a.available > 0 AND a.available <= a.threshold) OVER () AS low
    FROM looked_at a
    ORDER BY a.available <= 0 DESC, (a.available <= a.threshold) IS TRUE DESC,
             a.available - COALESCE(a.threshold, 0), a.id
    LIMIT %(shown)s
"""
# By the index levels_that_expire (tenant, expires_at): no movement changes when a level expires.
_EXPIRING = """
    SELECT i.id, i.supplier_id, i.product_id, i.retail_partner_id, l.warehouse_id, l.batch_number, l.expires_at,
           l.on_hand
    FROM (
        SELECT * FROM inventory_stocklevel n
        WHERE n.tenant_id = %(tenant)s AND n.expires_at <= %(until)s ORDER BY n.expires_at DESC LIMIT %(most)s
    ) l
    JOIN inventory_stockitem i ON i.tenant_id = l.tenant_id AND i.id = l.item_id
    WHERE l.on_hand > 0
    ORDER BY l.expires_at, l.id
    LIMIT %(shown)s
"""


def stock_needing_attention(tenant_id: int, now: datetime) -> Panel:
    """Return items that are out of stock or low, and batches that expired or soon will, worst first."""
    until = now + timedelta(days=_EXPIRING_DAYS)
    items = _fetch(_ITEMS, {"tenant": tenant_id, "most": _MAX_ITEMS, "shown": _SHOWN})
    expiring = _fetch(_EXPIRING, {"tenant": tenant_id, "until": until, "most": _MAX_LEVELS, "shown": _SHOWN})
    total, out, low = items[0][6:9] if items else (0, 0, 0)
    bounded = total >= _MAX_ITEMS
    return Panel(
        key="attention",
        title="Stock that needs attention",
        note=f"Out of stock, at or below the reorder threshold, expired, or expiring within {_EXPIRING_DAYS} days."
        + (f" Of the first {_MAX_ITEMS:,} items." if bounded else ""),
        empty="Nothing is out of stock, low, expired or about to expire.",
        figures=[
            Figure(label="Items", value=f"{total:,}" + ("+" if bounded else ""), model="inventory.StockItem"),
            Figure(
                label="Out of stock",
                value=f"{out:,}",
                kind="danger" if out else "",
                note=f"{low:,} more at or below the threshold",
                model="inventory.StockItem",
                query="availability=out",
            ),
        ],
        headers=("Item", "What", "Details"),
        rows=[*(_expiring_row(row, now) for row in expiring), *(_item_row(row) for row in items if _needs(row))],
    )


def _needs(row: Sequence[Any]) -> bool:
    available, threshold = row[4], row[5]
    return available <= 0 or (threshold is not None and available <= threshold)


def _item_row(row: Sequence[Any]) -> tuple[Cell, ...]:
    available, threshold = row[4], row[5]
    what = Cell(text="out of stock", kind="danger") if available <= 0 else Cell(text="low", kind="warning")
    details = f"{available:,} available" + ("" if threshold is None else f", reorder at {threshold:,}")
    return _item_cell(row), what, Cell(text=details)


def _expiring_row(row: Sequence[Any], now: datetime) -> tuple[Cell, ...]:
    warehouse, batch, expires_at, on_hand = row[4:8]
    days = (expires_at - now).days
    when = f"on {expires_at:%Y-%m-%d}" if expires_at <= now else f"in {days} days" if days > 1 else "within 48 hours"
    what = Cell(text="expired", kind="danger") if expires_at <= now else Cell(text="expires", kind="warning")
    place = f"{warehouse} · {batch}" if batch else warehouse
    return _item_cell(row), what, Cell(text=f"{when}: {on_hand:,} on hand in {place}")


def _item_cell(row: Sequence[Any]) -> Cell:
    pk, supplier, product, partner = row[:4]
    text = f"{supplier} / {product}" + (f" ({partner})" if partner else "")
    return Cell(text=text, model="inventory.StockItem", key=str(pk))


def _fetch(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
