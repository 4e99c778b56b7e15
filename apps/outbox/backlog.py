"""How far behind the relay is, for /metrics."""

from typing import Any

import psycopg
from prometheus_client.core import GaugeMetricFamily, Metric

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
