"""What the checks of the books found: as facts, as gauges, as a panel of the dashboard."""

from datetime import datetime
from typing import Any

import psycopg
from prometheus_client.core import GaugeMetricFamily, Metric

from apps.core.context import CallContext
from apps.core.errors import Forbidden
from apps.core.panels import Cell, Panel
from apps.core.structs import convert
from apps.core.times import rfc3339
from apps.inventory.models import IntegrityReport
from apps.inventory.queries.books import RULES
from apps.inventory.types import IntegrityFacts, RuleFacts

# The newest report of each tenant by one probe of the primary key, however many reports are kept.
_GAUGES = """
    WITH RECURSIVE newest AS (
        (SELECT r.tenant_id, r.checked_at, r.balanced, r.rules
         FROM inventory_integrityreport r ORDER BY r.tenant_id, r.id DESC LIMIT 1)
        UNION ALL
        SELECT following.* FROM newest CROSS JOIN LATERAL (
            SELECT r.tenant_id, r.checked_at, r.balanced, r.rules FROM inventory_integrityreport r
            WHERE r.tenant_id > newest.tenant_id ORDER BY r.tenant_id, r.id DESC LIMIT 1
        ) following
    )
    SELECT greatest(extract(epoch FROM clock_timestamp() - min(checked_at)), 0)::double precision, (
        SELECT COALESCE(jsonb_object_agg(summed.rule, summed.wrong), '{}') FROM (
            SELECT each->>'rule' AS rule, sum((each->>'wrong')::bigint) AS wrong
            FROM newest CROSS JOIN LATERAL jsonb_array_elements(newest.rules) each
            WHERE NOT newest.balanced GROUP BY 1
        ) summed
    )
    FROM newest
"""


def newest_report(ctx: CallContext) -> IntegrityFacts | None:
    """Return what the newest check found, or None where there was none.

    Raises Forbidden for everybody but the tenant's staff: the books name everybody's stock.
    """
    if not ctx.principal.is_staff:
        raise Forbidden("The tenant's staff reads what the checks of its books found.")
    row = _newest(ctx.tenant_id)
    return None if row is None else integrity_facts(row)


def integrity_facts(row: IntegrityReport) -> IntegrityFacts:
    """Return a row as facts."""
    return IntegrityFacts(
        checked_at=rfc3339(row.checked_at), balanced=row.balanced, rules=convert(row.rules, list[RuleFacts])
    )


def read_gauges(connection: psycopg.Connection[Any]) -> list[Metric]:
    """Return how much is wrong by rule, of all tenants, and how long ago the one who waits longest was checked."""
    seconds, found = connection.execute(_GAUGES).fetchall()[0]
    discrepancies = GaugeMetricFamily(
        "stockwire_books_discrepancies", "Places where the books did not balance when last checked.", labels=["rule"]
    )
    for rule, wrong in {**dict.fromkeys(RULES, 0), **found}.items():
        discrepancies.add_metric([rule], wrong)
    # Without a single report there is no age: absent is what an alert asks for then.
    age = GaugeMetricFamily(
        "stockwire_books_oldest_check_seconds", "Age of the last check of the books that were checked longest ago."
    )
    if seconds is not None:
        age.add_metric([], seconds)
    return [discrepancies, age]


def books(tenant_id: int, now: datetime) -> Panel:
    """Return the rules of the books that did not hold when they were last checked."""
    row = _newest(tenant_id)
    found = [] if row is None else [rule for rule in integrity_facts(row).rules if rule.wrong]
    return Panel(
        key="books",
        title="Books",
        note="Every number calculated again from what it must follow from, each night.",
        empty="Not checked yet." if row is None else f"The books balanced on {row.checked_at:%Y-%m-%d at %H:%M} UTC.",
        headers=("What does not hold", "Places", "First"),
        rows=[
            (
                Cell(text=rule.rule),
                Cell(text=f"{rule.wrong:,}", kind="danger"),
                Cell(text=rule.discrepancies[0].where),
            )
            for rule in found
        ],
    )


def _newest(tenant_id: int) -> IntegrityReport | None:
    return IntegrityReport.objects.filter(tenant_id=tenant_id).order_by("-id").first()
