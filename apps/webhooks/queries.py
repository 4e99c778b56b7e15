from datetime import datetime
from typing import Any

from django.db import connection

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.panels import Cell, Figure, Panel, hours_until, stacked
from apps.core.tallies import MinuteTallies, by_hour
from apps.core.times import rfc3339
from apps.webhooks.models import Attempt, Delivery, PageLink, Replay, Webhook
from apps.webhooks.models.attempts import AttemptQuerySet
from apps.webhooks.models.deliveries import DeliveryQuerySet
from apps.webhooks.models.page_links import PageLinkQuerySet
from apps.webhooks.models.webhooks import WebhookQuerySet
from apps.webhooks.types import MOST_COUNTED, DeliveryState, HealthFacts, PageFacts, WebhookFacts, WebhookStatus


def webhooks(ctx: CallContext) -> WebhookQuerySet:
    """Return the webhooks that the caller may see."""
    return Webhook.objects.visible_to(ctx.principal)


def webhook(ctx: CallContext, webhook_id: str) -> WebhookFacts:
    """Return one webhook. Raises NotFound where it is absent or invisible."""
    row = webhooks(ctx).filter(pk=webhook_id).first()
    if row is None:
        raise NotFound
    return facts_of(row)


def attempts(ctx: CallContext, webhook_id: str) -> AttemptQuerySet:
    """Return what was tried for a webhook. Raises NotFound where it is absent or invisible."""
    webhook(ctx, webhook_id)
    return Attempt.objects.visible_to(ctx.principal).filter(webhook_id=webhook_id)


def deliveries(ctx: CallContext, webhook_id: str) -> DeliveryQuerySet:
    """Return what waits for a webhook, or died. Raises NotFound where it is absent or invisible."""
    webhook(ctx, webhook_id)
    return Delivery.objects.visible_to(ctx.principal).filter(webhook_id=webhook_id)


def health(ctx: CallContext, webhook_id: str) -> HealthFacts:
    """Return how a webhook's receiver does. Raises NotFound where it is absent or invisible."""
    row = webhooks(ctx).filter(pk=webhook_id).select_related("lane").first()
    if row is None:
        raise NotFound
    waiting, dead = (_counted(row, state) for state in (DeliveryState.READY, DeliveryState.DEAD))
    newest = attempts(ctx, webhook_id).filter(outcome="succeeded").order_by("-at", "-id").first()
    lane = row.lane
    resting = lane.open_until is not None and lane.open_until > ctx.now
    return HealthFacts(
        webhook_id=row.pk,
        status=row.status,
        health="resting" if resting else "failing" if lane.failing_since else "healthy",
        failing_since=lane.failing_since,
        failures_in_a_row=lane.fails,
        next_try_at=lane.open_until if resting else None,
        last_success_at=newest.at if newest else None,
        response_milliseconds=None if lane.pace is None else round(lane.pace),
        at_once=int(lane.cap),
        waiting=waiting,
        given_up=dead,
        replays=Replay.objects.filter(tenant_id=ctx.tenant_id, webhook=row).count(),
    )


def _counted(row: Webhook, state: DeliveryState) -> int:
    rows = Delivery.objects.filter(tenant_id=row.tenant_id, webhook=row, state=state)
    return rows[:MOST_COUNTED].count()


def position_of(ctx: CallContext, webhook_id: str, delivery_id: int) -> int:
    """Return where the event of a delivery stands in the log, 0 for a snapshot.

    Raises NotFound where the webhook or the delivery is absent or invisible.
    """
    waiting = deliveries(ctx, webhook_id).filter(pk=delivery_id).values_list("position", flat=True).first()
    if waiting is not None:
        return waiting
    tried = attempts(ctx, webhook_id).filter(delivery_id=delivery_id, position__isnull=False)
    position = tried.order_by("-id").values_list("position", flat=True).first()
    if position is None:
        raise NotFound
    return position


def page_links(ctx: CallContext) -> PageLinkQuerySet:
    """Return the links to partners' pages that the caller may see."""
    return PageLink.objects.visible_to(ctx.principal)


def page_facts_of(row: PageLink) -> PageFacts:
    """Return a page's row as facts."""
    return PageFacts(
        page_id=row.pk,
        party_type=row.party_type,
        party_id=row.party_id,
        created_at=rfc3339(row.created_at),
        expires_at=rfc3339(row.expires_at),
        revoked_at=rfc3339(row.revoked_at) if row.revoked_at else None,
    )


def facts_of(row: Webhook) -> WebhookFacts:
    """Return a row as facts."""
    return WebhookFacts(
        webhook_id=row.pk,
        url=row.url,
        event_types=row.event_types,
        filters=row.filters,
        strategy=row.strategy,
        max_per_second=row.max_per_second,
        status=row.status,
        disabled_reason=row.disabled_reason,
        party_type=row.party_type,
        party_id=row.party_id,
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
    )


# By the index attempt_of_webhook (tenant, webhook, at), a webhook at a time. What a deleted webhook got is not counted.
_BY_MINUTE = """
    SELECT floor(extract(epoch FROM newest.at))::bigint / 60 AS minute, newest.label, count(*)
    FROM webhooks_webhook w
    CROSS JOIN LATERAL (
        SELECT a.at, CASE a.outcome WHEN 'succeeded' THEN 'delivered' WHEN 'dead' THEN 'given up' ELSE 'failed' END
               AS label
        FROM webhooks_attempt a
        WHERE a.tenant_id = w.tenant_id AND a.webhook_id = w.id AND a.at >= %(since)s
          AND a.outcome IN ('succeeded', 'failed', 'superseded', 'dead')
        ORDER BY a.at DESC LIMIT %(limit)s
    ) newest
    WHERE w.tenant_id = %(tenant)s
    GROUP BY 1, 2
"""
# By the partial indexes delivery_dead and delivery_due; counted up to the bound.
_HEALTH = """
    SELECT w.id, w.url, w.status, w.disabled_reason, l.failing_since,
           (SELECT count(*) FROM (
               SELECT FROM webhooks_delivery d WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id AND d.state = 3
               LIMIT %(most)s) dead),
           (SELECT count(*) FILTER (WHERE waiting.attempts > 0) FROM (
               SELECT d.attempts FROM webhooks_delivery d
               WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id AND d.state = 0 LIMIT %(most)s) waiting)
    FROM webhooks_webhook w
    LEFT JOIN webhooks_lane l ON l.tenant_id = w.tenant_id AND l.webhook_id = w.id
    WHERE w.tenant_id = %(tenant)s
    ORDER BY w.id LIMIT %(most)s
"""
_MAX_COUNTED = 200_000
_MAX_WAITING = 1_000
_SHOWN = 8
_COLOURS = {"delivered": "#16a34a", "failed": "#d97706", "given up": "#dc2626"}


def _count_by_minute(tenant_id: int, since: datetime, limit: int) -> list[tuple[int, str, int]]:
    return _fetch(_BY_MINUTE, {"tenant": tenant_id, "since": since, "limit": limit})


_tallies = MinuteTallies(_count_by_minute, limit=_MAX_COUNTED)


def deliveries_per_hour(tenant_id: int, now: datetime) -> Panel:
    """Return the attempts of the last 24 hours by hour and outcome (a dashboard panel)."""
    hours = hours_until(now)
    minutes, _ = _tallies.read(tenant_id, hours[0], now)
    return Panel(
        key="deliveries",
        title="Webhook deliveries per hour",
        note="Attempts of the last 24 hours, UTC. A failed attempt is tried again; one given up was the last.",
        empty="Nothing was sent in the last 24 hours.",
        chart=stacked(by_hour(minutes), hours, _COLOURS, "attempts"),
    )


def endpoints_in_trouble(tenant_id: int, now: datetime) -> Panel:
    """Return the webhooks that fail, are disabled, or have deliveries that were given up (a dashboard panel)."""
    rows = _fetch(_HEALTH, {"tenant": tenant_id, "most": _MAX_WAITING})
    failed = sum(row[5] + row[6] for row in rows)
    troubled = [row for row in rows if row[2] == WebhookStatus.DISABLED or row[4] is not None or row[5]]
    return Panel(
        key="endpoints",
        title="Endpoints in trouble",
        note="Webhooks that fail now, are disabled, or have deliveries that were given up.",
        empty="Every endpoint is well.",
        figures=[
            Figure(
                label="Failed deliveries now",
                value=f"{failed:,}",
                kind="danger" if failed else "",
                note="waiting for another try, or given up",
                model="webhooks.Delivery",
            )
        ],
        headers=("Endpoint", "What", "Details"),
        rows=[_trouble(row) for row in troubled[:_SHOWN]],
    )


def _trouble(row: tuple[Any, ...]) -> tuple[Cell, ...]:
    webhook_id, url, status, reason, failing_since, dead, retrying = row
    if status == WebhookStatus.DISABLED:
        what, details = Cell(text="disabled", kind="danger"), reason or "by its owner"
    elif failing_since is not None:
        what, details = Cell(text="failing", kind="warning"), f"since {failing_since:%m-%d %H:%M}"
    else:
        what, details = Cell(text="works again", kind="info"), "redeliver what was given up"
    details += f"; {retrying:,} to be tried again, {dead:,} given up"
    address = url.partition("://")[2]
    return Cell(text=address, model="webhooks.Webhook", key=webhook_id), what, Cell(text=details)


def _fetch(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
