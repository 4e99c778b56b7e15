from collections.abc import Sequence
from datetime import datetime

from apps.core.context import CallContext
from apps.core.errors import InvalidState
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.outbox.waker import wake_relay
from apps.webhooks.domain.subscriptions import lock_webhook
from apps.webhooks.models import Replay
from apps.webhooks.types import ReplayFacts, ReplayKind, WebhookStatus

_MOST_AT_ONCE = 5
# Defined in replays.sql.
_POSITIONS = """
    SELECT CASE WHEN %(since)s::timestamptz IS NULL THEN position_at(%(tenant)s, '-infinity')
           ELSE position_at(%(tenant)s, %(since)s) END,
           position_at(%(tenant)s, %(until)s) - 1
"""


def ask_for_replay(
    ctx: CallContext,
    webhook_id: str,
    *,
    kind: ReplayKind,
    event_types: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Outcome[ReplayFacts]:
    """Have a webhook get again what `kind` says, of the event types and the time that are given.

    The dispatchers queue it piece by piece, behind what waits already, so that a replay of a million events fills
    nothing. Raises NotFound without the webhook, InvalidState where it is not active or five replays of it go on.
    """
    outcome = _ask(ctx, webhook_id, kind=kind, event_types=event_types, since=since, until=until or ctx.now)
    wake_relay()  # the dispatcher listens to the same hint
    return outcome


@use_case(ReplayFacts)
def _ask(
    uow: UnitOfWork,
    webhook_id: str,
    *,
    kind: ReplayKind,
    event_types: Sequence[str] | None,
    since: datetime | None,
    until: datetime,
) -> ReplayFacts:
    row = lock_webhook(uow, webhook_id)
    if row.status != WebhookStatus.ACTIVE:
        raise InvalidState("Only an active webhook gets deliveries: enable it first.", currentStatus=row.status)
    under_way = Replay.objects.filter(tenant_id=uow.ctx.tenant_id, webhook=row).count()
    if under_way >= _MOST_AT_ONCE:
        raise InvalidState(f"{_MOST_AT_ONCE} replays of this webhook are under way.", maximum=_MOST_AT_ONCE)
    first, last = 0, 0
    if kind is ReplayKind.EVENTS:
        values = {"tenant": uow.ctx.tenant_id, "since": since, "until": until}
        first, last = uow.fetch(_POSITIONS, values)[0]
    replay = Replay.objects.create(
        tenant_id=uow.ctx.tenant_id,
        webhook=row,
        kind=kind,
        position=first,
        last_position=last,
        event_types=None if event_types is None else list(event_types),
        since=since,
        until=until,
        requested_at=uow.ctx.now,
    )
    events = max(last - first + 1, 0) if kind is ReplayKind.EVENTS else None
    return ReplayFacts(webhook_id=row.pk, replay_id=replay.pk, kind=kind, events=events)
