from apps.core.context import CallContext
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.outbox.waker import wake_relay
from apps.tenancy.domain import master_data
from apps.webhooks.domain.subscriptions import forget_failures, lock_webhook
from apps.webhooks.queries import facts_of
from apps.webhooks.types import WebhookFacts, WebhookStatus


def enable_webhook(ctx: CallContext, webhook_id: str) -> Outcome[WebhookFacts]:
    """Make a webhook active again, whatever it was, and forget that its receiver failed: what waits is due at once.

    What happened while it was paused or disabled was not collected: a resync tells what there is now. Raises NotFound.
    """
    outcome = _enable(ctx, webhook_id)
    wake_relay()  # the dispatcher listens to the same hint
    return outcome


@use_case(WebhookFacts)
def _enable(uow: UnitOfWork, webhook_id: str) -> WebhookFacts:
    row = lock_webhook(uow, webhook_id)
    if row.status != WebhookStatus.ACTIVE:
        changes = {"status": WebhookStatus.ACTIVE, "disabled_reason": None}
        row = master_data.patch(uow, row, expected=None, changes=changes)
    forget_failures(uow, webhook_id)
    return facts_of(row)
