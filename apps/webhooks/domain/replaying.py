"""What a webhook gets again becomes deliveries: piece by piece, behind what waits already."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.utils.module_loading import import_string

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.ids import uuid7
from apps.outbox.domain.relay import RelayConnection
from apps.outbox.unit_of_work import UnitOfWork, as_tenant
from apps.tenancy.everywhere import system_call
from apps.webhooks.domain.subscriptions import lock_webhook
from apps.webhooks.models import Replay
from apps.webhooks.types import SNAPSHOT, ReplayKind, SnapshotSource, WebhookStatus, reader_of

log = structlog.get_logger(component="stockwire.webhooks")

_AT_ONCE = 20
_PIECE = 500
# Above this much that waits a replay pauses: what is new goes out behind at most as much.
_ENOUGH_WAITS = 500

_UNDER_WAY = """
    SELECT r.tenant_id, r.webhook_id, r.id FROM webhooks_replay r
    JOIN webhooks_webhook w ON w.tenant_id = r.tenant_id AND w.id = r.webhook_id AND w.status = 'active'
    JOIN webhooks_lane l ON l.tenant_id = r.tenant_id AND l.webhook_id = r.webhook_id
    WHERE l.open_until IS NULL OR l.open_until <= now()
    ORDER BY r.requested_at LIMIT %s
"""
_WAITING = """
    SELECT count(*) FROM (
        SELECT FROM webhooks_delivery WHERE tenant_id = %s AND webhook_id = %s AND state = 0 LIMIT %s) waiting
"""
# Defined in fan_out.sql and replays.sql.
_DELIVER = "SELECT deliver_events(ARRAY[%(t)s]::bigint[], ARRAY[%(w)s], ARRAY[%(t)s]::bigint[], %(f)s, %(l)s, %(e)s)"
_REVIVE = "SELECT revive_deliveries(%s, %s, %s, %s, %s, %s)"
# What waits for the subject already says what the subject is when it is sent.
_SNAPSHOTS = """
    INSERT INTO webhooks_delivery
        (tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,
         state, attempts, coalesced, due_at, first_at)
    SELECT %(tenant)s, %(webhook)s, delivery_key(%(strategy)s, %(type)s, thing.subject, thing.version, 0), 0, now(),
           thing.event_id, %(type)s, thing.subject, thing.version, 0, 0, 0, now(), now()
    FROM unnest(%(subjects)s::text[], %(versions)s::bigint[], %(event_ids)s::uuid[])
         AS thing (subject, version, event_id)
    ON CONFLICT (tenant_id, webhook_id, key) WHERE state = 0 DO NOTHING
    RETURNING id
"""
_MAKE_LANE_DUE = "UPDATE webhooks_lane SET next_due = least(next_due, now()) WHERE tenant_id = %s AND webhook_id = %s"


async def replays_under_way(connection: RelayConnection) -> list[tuple[int, str, UUID]]:
    """Return tenant, webhook and id of replays that may go on, the one asked for first before the others."""
    cursor = await connection.execute(_UNDER_WAY, (_AT_ONCE,))
    return [(tenant_id, webhook_id, replay_id) for tenant_id, webhook_id, replay_id in await cursor.fetchall()]


def queue_pieces(replays: Sequence[tuple[int, str, UUID]]) -> bool:
    """Queue the next piece of each replay; True where one of them has more. Runs in a worker thread."""
    close_old_connections()
    more = False
    for tenant_id, webhook_id, replay_id in replays:
        try:
            with as_tenant(tenant_id):
                more |= _queue_piece(UnitOfWork(system_call(tenant_id)), webhook_id, replay_id)
        except (Error, psycopg.Error) as error:
            # The piece is rolled back and comes again with the next look.
            log.warning("replay_delayed", webhook_id=webhook_id, error=str(error))
    return more


def _queue_piece(uow: UnitOfWork, webhook_id: str, replay_id: UUID) -> bool:
    try:
        webhook = lock_webhook(uow, webhook_id)
    except NotFound:
        return False
    replay = Replay.objects.filter(tenant_id=uow.ctx.tenant_id, pk=replay_id).first()
    if replay is None or webhook.status != WebhookStatus.ACTIVE:
        return False
    waiting = uow.fetch(_WAITING, [webhook.tenant_id, webhook.pk, _ENOUGH_WAITS])[0][0]
    if waiting >= _ENOUGH_WAITS:
        return False
    match ReplayKind(replay.kind):
        case ReplayKind.EVENTS:
            over = _queue_events(uow, replay)
        case ReplayKind.FAILED:
            over = _queue_failed(uow, replay)
        case ReplayKind.SNAPSHOT:
            over = _queue_snapshots(uow, replay)
    if over:
        replay.delete()
    return not over


def _queue_events(uow: UnitOfWork, replay: Replay) -> bool:
    last = min(replay.position + _PIECE - 1, replay.last_position)
    if last >= replay.position:
        values = {
            "t": uow.ctx.tenant_id,
            "w": replay.webhook_id,
            "f": [replay.position],
            "l": [last],
            "e": replay.event_types,
        }
        uow.fetch(_DELIVER, values)
    replay.position = last + 1
    replay.save(update_fields=["position"])
    return last >= replay.last_position


def _queue_failed(uow: UnitOfWork, replay: Replay) -> bool:
    types = replay.event_types
    values = [uow.ctx.tenant_id, replay.webhook_id, types, replay.since, replay.until, _PIECE]
    revived: int = uow.fetch(_REVIVE, values)[0][0]
    return revived < _PIECE


def _queue_snapshots(uow: UnitOfWork, replay: Replay) -> bool:
    webhook = replay.webhook
    reader = reader_of(webhook.tenant_id, webhook.party_type, webhook.party_id)
    asked = CallContext(principal=reader, now=uow.ctx.now, request_id=uow.ctx.request_id)
    things = _source()(asked, webhook.filters, after=replay.after, limit=_PIECE)
    values = {
        "tenant": webhook.tenant_id,
        "webhook": webhook.pk,
        "strategy": webhook.strategy,
        "type": SNAPSHOT,
        "subjects": [subject for subject, _ in things],
        "versions": [version for _, version in things],
        "event_ids": [uuid7() for _ in things],
    }
    if uow.fetch(_SNAPSHOTS, values):
        with connection.cursor() as cursor:
            cursor.execute(_MAKE_LANE_DUE, [webhook.tenant_id, webhook.pk])
    if things:
        replay.after = things[-1][0]
        replay.save(update_fields=["after"])
    return len(things) < _PIECE


@cache
def _source() -> SnapshotSource:
    source: SnapshotSource = import_string(settings.WEBHOOK_SNAPSHOTS)
    return source
