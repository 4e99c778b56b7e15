from apps.core.ids import new_id
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data
from apps.webhooks.domain.issuing import issue_secret
from apps.webhooks.domain.subscriptions import refuse_too_many
from apps.webhooks.models import Lane, Webhook
from apps.webhooks.queries import facts_of
from apps.webhooks.types import IssuedWebhook, NewWebhook


@use_case(IssuedWebhook)
def create_webhook(uow: UnitOfWork, new: NewWebhook) -> IssuedWebhook:
    """Subscribe the caller's party to events."""
    refuse_too_many(uow)
    row = master_data.create(
        uow,
        Webhook,
        code=new_id("whk"),
        url=new.url,
        event_types=new.event_types,
        filters=new.filters,
        strategy=new.strategy,
        max_per_second=new.max_per_second,
        status=new.status,
        party_type=uow.ctx.principal.party,
        party_id=uow.ctx.principal.party_id,
    )
    Lane.objects.create(tenant_id=uow.ctx.tenant_id, webhook=row)
    return IssuedWebhook(webhook=facts_of(row), secret=issue_secret(uow, row, created_at=uow.ctx.now))
