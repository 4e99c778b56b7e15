"""Stated values that wait for a person: a dashboard panel, and a gauge of /metrics."""

from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from prometheus_client.core import GaugeMetricFamily, Metric

from apps.core.panels import Cell, Figure, Panel

_SHOWN = 8
# What a reading looks at, at most, whatever the tenant has.
_MOST = 10_000
# By the index open_reviews (tenant, id): ids follow the time of stating, so the first have waited longest.
_OPEN = """
    WITH waiting AS MATERIALIZED (
        SELECT r.id, r.item_id, r.warehouse_id, r.batch_number, r.source, r.stated, r.on_hand
        FROM inventory_review r WHERE r.tenant_id = %(tenant)s AND r.status = 'open' ORDER BY r.id LIMIT %(most)s
    )
    SELECT w.id, i.supplier_id, i.product_id, w.warehouse_id, w.batch_number, w.source, w.stated, w.on_hand,
           (SELECT count(*) FROM waiting)
    FROM (SELECT * FROM waiting ORDER BY id LIMIT %(shown)s) w
    JOIN inventory_stockitem i ON i.tenant_id = %(tenant)s AND i.id = w.item_id
    ORDER BY w.id
"""
_EVERYBODY_S = "SELECT count(*) FROM (SELECT FROM inventory_review WHERE status = 'open' LIMIT %s) waiting"


def values_to_review(tenant_id: int, now: datetime) -> Panel:
    """Return the values that feeds stated and a person has to decide about, the longest waiting first."""
    del now  # they wait however long
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"tenant": tenant_id, "most": _MOST, "shown": _SHOWN})
        rows = cursor.fetchall()
    number = rows[0][8] if rows else 0
    return Panel(
        key="reviews",
        title="Values to review",
        note="What feeds stated and a conflict policy leaves to a person: /v1/reviews approves and rejects.",
        empty="No feed waits for a decision.",
        figures=[
            Figure(
                label="Values to review",
                value=f"{number:,}" + ("+" if number >= _MOST else ""),
                kind="warning" if number else "",
                model="inventory.Review",
                query="status=open",
            )
        ],
        headers=("Item", "Source", "Details"),
        rows=[_row(row) for row in rows],
    )


def read_open_reviews(connection: psycopg.Connection[Any]) -> list[Metric]:
    """Return how many values wait for a person, of all tenants; it counts to 10,000."""
    number = connection.execute(_EVERYBODY_S, (_MOST,)).fetchall()[0][0]
    return [
        GaugeMetricFamily(
            "stockwire_reviews_open", "Stated values that wait for a person's decision (at most 10000).", number
        )
    ]


def _row(row: tuple[Any, ...]) -> tuple[Cell, ...]:
    review, supplier, product, warehouse, batch, source, stated, on_hand = row[:8]
    place = f"{warehouse} · {batch}" if batch else warehouse
    item = Cell(text=f"{supplier} / {product}", model="inventory.Review", key=str(review))
    return item, Cell(text=source), Cell(text=f"{stated:,} instead of {on_hand:,} in {place}")
