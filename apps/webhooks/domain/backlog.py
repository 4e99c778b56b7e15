"""How far behind deliveries are, for /metrics: one bounded query."""

from typing import Any

import psycopg
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric

from apps.webhooks.domain.pump_slots import free_slots
from apps.webhooks.types import WebhookStatus

_MOST_LANES = 1_000
_MOST_OF_A_LANE = 1_000
# Of lanes that a dispatcher could claim from now: a lane that is full waits for its receiver, not for a dispatcher.
_READ = """
    WITH late AS (
        SELECT l.tenant_id, l.webhook_id, l.next_due FROM webhooks_lane l
        JOIN webhooks_webhook w ON w.tenant_id = l.tenant_id AND w.id = l.webhook_id AND w.status = 'active'
        WHERE l.next_due <= now() AND (l.open_until IS NULL OR l.open_until <= now())
        ORDER BY l.next_due LIMIT %s
    )
    SELECT (
        SELECT count(*) FROM late CROSS JOIN LATERAL (
            SELECT FROM webhooks_delivery d
            WHERE d.tenant_id = late.tenant_id AND d.webhook_id = late.webhook_id AND d.state = 0 AND d.due_at <= now()
            LIMIT %s
        ) due
    ), (
        SELECT greatest(extract(epoch FROM clock_timestamp() - min(late.next_due)), 0)::double precision FROM late
    ), (
        SELECT coalesce(jsonb_object_agg(counted.status, counted.number), '{}')
        FROM (SELECT w.status, count(*) AS number FROM webhooks_webhook w GROUP BY w.status) counted
    )
"""


def read_backlog(connection: psycopg.Connection[Any]) -> list[Metric]:
    """Return what is due, for how long, how many pumps hold a slot, and the webhooks by status."""
    due, seconds, statuses = connection.execute(_READ, (_MOST_LANES, _MOST_OF_A_LANE)).fetchall()[0]
    webhooks = GaugeMetricFamily("stockwire_webhooks", "Subscriptions by status.", labels=["status"])
    for status in WebhookStatus:
        webhooks.add_metric([status.value], statuses.get(status.value, 0))
    return [
        GaugeMetricFamily(
            "stockwire_deliveries_due", "Deliveries that a dispatcher could claim now (at most 1000 a webhook).", due
        ),
        GaugeMetricFamily(
            "stockwire_delivery_oldest_due_seconds", "How long the delivery due longest has been due.", seconds or 0.0
        ),
        GaugeMetricFamily("stockwire_pump_slots_held", "Dispatchers that Celery's workers host now.", _slots_held()),
        webhooks,
    ]


def _slots_held() -> int:
    held: int = settings.WEBHOOK_PUMP_SLOTS - free_slots()
    return held
