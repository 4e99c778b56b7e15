from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data
from apps.webhooks.domain.subscriptions import check_filters, forget_failures, lock_webhook
from apps.webhooks.queries import facts_of
from apps.webhooks.types import WebhookFacts, WebhookStatus


@use_case(WebhookFacts)
def change_webhook(
    uow: UnitOfWork, webhook_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> WebhookFacts:
    """Change what `changes` names of a webhook. A status that is set clears the reason why it was disabled.

    One that becomes active is treated as `enable_webhook` treats it.
    """
    row = lock_webhook(uow, webhook_id)
    enabled = row.status != WebhookStatus.ACTIVE and changes.get("status") == WebhookStatus.ACTIVE
    if "status" in changes:
        changes = {**changes, "disabled_reason": None}
    if "filters" in changes:
        check_filters(uow.ctx, changes["filters"])
    changed = master_data.patch(uow, row, expected=expected, changes=changes)
    if enabled:
        forget_failures(uow, webhook_id)
    return facts_of(changed)
