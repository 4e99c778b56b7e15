from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data
from apps.webhooks.domain.subscriptions import lock_webhook
from apps.webhooks.models import Lane, Replay, WebhookSecret

# What still waits is cancelled, and the log says so.
_CANCEL = """
    WITH cancelled AS (
        DELETE FROM webhooks_delivery WHERE tenant_id = %s AND webhook_id = %s RETURNING *
    )
    INSERT INTO webhooks_attempt
        (tenant_id, webhook_id, delivery_id, event_id, type, subject, sequence, number, coalesced, outcome, sent, at)
    SELECT tenant_id, webhook_id, id, event_id, type, subject, sequence, attempts, coalesced, 'cancelled', false, now()
    FROM cancelled RETURNING id
"""


@use_case(bool)
def delete_webhook(uow: UnitOfWork, webhook_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a webhook, its secrets and what waits for it; the log of attempts stays."""
    row = lock_webhook(uow, webhook_id)
    if expected is not None:
        expected.check(row.version)
    uow.fetch(_CANCEL, [uow.ctx.tenant_id, webhook_id])
    Lane.objects.filter(tenant_id=uow.ctx.tenant_id, webhook=row).delete()
    Replay.objects.filter(tenant_id=uow.ctx.tenant_id, webhook=row).delete()
    WebhookSecret.objects.filter(tenant_id=uow.ctx.tenant_id, webhook=row).delete()
    master_data.delete(uow, row, expected=None)
    return True
