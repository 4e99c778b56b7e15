from apps.core.errors import InvalidState
from apps.outbox.types import Event
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.webhooks.domain.subscriptions import lock_webhook
from apps.webhooks.types import TEST_EVENT, TestFacts, WebhookStatus


@use_case(TestFacts)
def send_test_event(uow: UnitOfWork, webhook_id: str) -> TestFacts:
    """Write a test event that only this webhook gets, by the same road as every other event.

    Raises InvalidState where the webhook is paused or disabled.
    """
    row = lock_webhook(uow, webhook_id)
    if row.status != WebhookStatus.ACTIVE:
        raise InvalidState("Only an active webhook can be tested.", currentStatus=row.status)
    row.told += 1
    row.save(update_fields=["told"])
    uow.emit(Event(type=TEST_EVENT, subject=row.pk, sequence=row.told, facts={"webhookId": row.pk}))
    return TestFacts(webhook_id=row.pk, sequence=row.told)
