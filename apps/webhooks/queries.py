from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.times import rfc3339
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.models.attempts import AttemptQuerySet
from apps.webhooks.models.deliveries import DeliveryQuerySet
from apps.webhooks.models.webhooks import WebhookQuerySet
from apps.webhooks.types import WebhookFacts


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


def facts_of(row: Webhook) -> WebhookFacts:
    """Return a row as facts."""
    return WebhookFacts(
        webhook_id=row.pk,
        url=row.url,
        event_types=row.event_types,
        filters=row.filters,
        status=row.status,
        disabled_reason=row.disabled_reason,
        party_type=row.party_type,
        party_id=row.party_id,
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
    )
