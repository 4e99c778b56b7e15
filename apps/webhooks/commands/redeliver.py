"""Send an event to a webhook again."""

from apps.core.context import CallContext
from apps.core.errors import InvalidState
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork, reading, use_case
from apps.outbox.waker import wake_relay
from apps.webhooks.domain.subscriptions import lock_webhook
from apps.webhooks.queries import position_of
from apps.webhooks.types import RedeliveryFacts, WebhookStatus

# One delivery of a key is ready: where one waits it becomes due, with the newer of the two events, and its attempts
# count from the start. One in flight is left alone; the ready one waits behind it.
_MAKE_DUE = """
    INSERT INTO webhooks_delivery AS d
        (tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,
         state, attempts, coalesced, due_at, first_at)
    SELECT e.tenant_id, %(webhook)s, delivery_key(%(strategy)s, e.type, e.subject, e.sequence, e.position), e.position,
           e.logged_at, e.event_id, e.type, e.subject, e.sequence, 0, 0, 0, now(), now()
    FROM (
        SELECT utc_midnight(f.logged_on) AS starts, utc_midnight(f.logged_on + 1) AS ends FROM outbox_feedday f
        WHERE f.tenant_id = %(tenant)s AND f.first_position <= %(position)s ORDER BY f.first_position DESC LIMIT 1
    ) day
    JOIN outbox_event e ON e.tenant_id = %(tenant)s AND e.position = %(position)s
         AND e.logged_at >= day.starts AND e.logged_at < day.ends
    ON CONFLICT (tenant_id, webhook_id, key) WHERE state = 0 DO UPDATE
    SET due_at = now(), attempts = 0,
        position = greatest(d.position, excluded.position),
        type = CASE WHEN excluded.position > d.position THEN excluded.type ELSE d.type END,
        logged_at = CASE WHEN excluded.position > d.position THEN excluded.logged_at ELSE d.logged_at END,
        event_id = CASE WHEN excluded.position > d.position THEN excluded.event_id ELSE d.event_id END,
        sequence = greatest(d.sequence, excluded.sequence)
    RETURNING d.id, d.position
"""
# The same event is no longer dead.
_BURY = """
    DELETE FROM webhooks_delivery
    WHERE tenant_id = %(tenant)s AND webhook_id = %(webhook)s AND state = 3 AND position = %(position)s
    RETURNING id
"""
_MAKE_LANE_DUE = """
    UPDATE webhooks_lane SET next_due = least(next_due, now())
    WHERE tenant_id = %(tenant)s AND webhook_id = %(webhook)s RETURNING webhook_id
"""


def redeliver(ctx: CallContext, webhook_id: str, *, position: int) -> Outcome[RedeliveryFacts]:
    """Make the event at a position of the log due for a webhook, at once, whatever became of it before.

    A receiver may get it twice: the event's id is the same. Where a newer event of the same subject waits, that one
    goes out instead. Raises NotFound without the webhook, InvalidState where the webhook is not active or the log no
    longer keeps the event.
    """
    outcome = _redeliver(ctx, webhook_id, position=position)
    wake_relay()  # the dispatcher listens to the same hint
    return outcome


@use_case(RedeliveryFacts)
def _redeliver(uow: UnitOfWork, webhook_id: str, *, position: int) -> RedeliveryFacts:
    row = lock_webhook(uow, webhook_id)
    if row.status != WebhookStatus.ACTIVE:
        raise InvalidState("Only an active webhook gets deliveries: enable it first.", currentStatus=row.status)
    values = {"tenant": uow.ctx.tenant_id, "webhook": webhook_id, "position": position, "strategy": row.strategy}
    due = uow.fetch(_MAKE_DUE, values)
    if not due:
        raise InvalidState("The log no longer keeps this event.", position=position)
    uow.fetch(_BURY, values)
    uow.fetch(_MAKE_LANE_DUE, values)
    return RedeliveryFacts(
        tenant_id=uow.ctx.tenant_id, webhook_id=webhook_id, delivery_id=due[0][0], position=due[0][1]
    )


def redeliver_again(ctx: CallContext, webhook_id: str, *, delivery_id: int) -> Outcome[RedeliveryFacts]:
    """Make a delivery due again, at once: one that waits, was given up, or was made.

    Raises NotFound without the webhook or the delivery, or where its party may not know of it, and what `redeliver`
    raises.
    """
    with reading(ctx):
        position = position_of(ctx, webhook_id, delivery_id)
    if position == 0:
        raise InvalidState("This was a snapshot: a resync sends a new one.")
    return redeliver(ctx, webhook_id, position=position)
