"""How far behind the relay is, and whether the partitions of the logs are in order, for /metrics."""

from typing import Any

import psycopg
from prometheus_client.core import GaugeMetricFamily, Metric
from psycopg import sql

_MOST_COUNTED = 100_000
# The oldest of each tenant by one probe of the primary key, as the relay finds its work, however much waits.
_READ = """
    WITH RECURSIVE oldest AS (
        (SELECT m.tenant_id, m.occurred_at FROM outbox_outboxmessage m ORDER BY m.tenant_id, m.id LIMIT 1)
        UNION ALL
        SELECT following.* FROM oldest CROSS JOIN LATERAL (
            SELECT m.tenant_id, m.occurred_at FROM outbox_outboxmessage m
            WHERE m.tenant_id > oldest.tenant_id ORDER BY m.tenant_id, m.id LIMIT 1
        ) following
    )
    SELECT (SELECT count(*) FROM (SELECT FROM outbox_outboxmessage LIMIT %s) waiting),
           greatest(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0)::double precision
    FROM oldest
"""


def read_backlog(connection: psycopg.Connection[Any]) -> list[Metric]:
    """Return the outbox's length, which counts to 100,000, and the age of what has waited longest."""
    messages, seconds = connection.execute(_READ, (_MOST_COUNTED,)).fetchall()[0]
    return [
        GaugeMetricFamily(
            "stockwire_outbox_messages", "Committed events that the relay has not moved (at most 100000).", messages
        ),
        GaugeMetricFamily(
            "stockwire_outbox_oldest_seconds", "Age of the oldest event that the relay has not moved.", seconds or 0.0
        ),
    ]


# Of every partitioned table. Ahead are the days after today that have their partition, without a gap.
_PARTITIONED = """
    WITH bound AS MATERIALIZED (
        SELECT c.relname, p.name, p.starts, p.ends
        FROM pg_class c CROSS JOIN LATERAL day_partitions(c.oid) p
        WHERE c.relkind = 'p' AND c.relnamespace = 'public'::regnamespace
    ), following AS (
        SELECT ahead, utc_midnight((now() AT TIME ZONE 'UTC')::date + ahead) AS midnight
        FROM generate_series(1, 61) ahead
    )
    SELECT fallback.relname, (SELECT relname FROM pg_class WHERE oid = fallback.name), coalesce((
        SELECT min(following.ahead) - 1 FROM following WHERE NOT EXISTS (
            SELECT FROM bound b
            WHERE b.relname = fallback.relname AND b.starts <= following.midnight AND b.ends > following.midnight)
    ), 61)
    FROM bound fallback WHERE fallback.ends IS NULL ORDER BY 1
"""
_COUNT = sql.SQL("SELECT count(*) FROM (SELECT FROM {} LIMIT {}) rows")


def read_partitions(connection: psycopg.Connection[Any]) -> list[Metric]:
    """Return, by table, the rows whose day nobody made, which count to 100,000, and the days that are made ahead."""
    rows = GaugeMetricFamily(
        "stockwire_partition_default_rows", "Rows whose day has no partition (at most 100000).", labels=["table"]
    )
    ahead = GaugeMetricFamily(
        "stockwire_partition_days_ahead", "Days after today that have their partition.", labels=["table"]
    )
    for table, default, days in connection.execute(_PARTITIONED).fetchall():
        counted = connection.execute(_COUNT.format(sql.Identifier(default), _MOST_COUNTED)).fetchall()
        rows.add_metric([table], counted[0][0])
        ahead.add_metric([table], days)
    return [rows, ahead]
