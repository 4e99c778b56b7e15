from dataclasses import replace
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Coalesce, Least

from apps.core.times import rfc3339
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.webhooks.domain.issuing import issue_secret
from apps.webhooks.domain.subscriptions import lock_webhook
from apps.webhooks.models import WebhookSecret
from apps.webhooks.types import MAX_LIVE_SECRETS, IssuedSecret


@use_case(IssuedSecret)
def rotate_secret(uow: UnitOfWork, webhook_id: str, *, expires_in_seconds: int) -> IssuedSecret:
    """Make a new secret; the ones before sign along until they expire, the oldest only as far as there is room."""
    row = lock_webhook(uow, webhook_id)
    expires_at = uow.ctx.now + timedelta(seconds=expires_in_seconds)
    previous = WebhookSecret.objects.filter(tenant_id=uow.ctx.tenant_id, webhook=row)
    previous.filter(expires_at__lte=uow.ctx.now).delete()
    kept = list(previous.order_by("-created_at", "-id").values_list("pk", flat=True)[: MAX_LIVE_SECRETS - 1])
    previous.exclude(pk__in=kept).delete()
    if expires_in_seconds == 0:
        previous.delete()
    else:
        previous.update(expires_at=Least(Coalesce(F("expires_at"), expires_at), expires_at))
    issued = issue_secret(uow, row, created_at=uow.ctx.now)
    return replace(issued, previous_expires_at=rfc3339(expires_at))
