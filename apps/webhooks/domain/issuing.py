"""Making a webhook's secrets."""

from base64 import b64decode, b64encode
from datetime import datetime

from apps.core.ids import uuid7
from apps.outbox.unit_of_work import UnitOfWork
from apps.webhooks.domain.sealing import seal, unseal
from apps.webhooks.domain.signing import new_secret
from apps.webhooks.models import Webhook, WebhookSecret
from apps.webhooks.types import IssuedSecret


def issue_secret(uow: UnitOfWork, webhook: Webhook, *, created_at: datetime) -> IssuedSecret:
    """Make and store a secret, sealed."""
    secret_id = uuid7()
    sealed = seal(new_secret(), tenant_id=uow.ctx.tenant_id, webhook_id=webhook.pk, secret_id=secret_id)
    WebhookSecret.objects.create(
        id=secret_id, tenant_id=uow.ctx.tenant_id, webhook=webhook, sealed=sealed, created_at=created_at
    )
    return IssuedSecret(
        tenant_id=uow.ctx.tenant_id,
        webhook_id=webhook.pk,
        secret_id=secret_id,
        sealed=b64encode(sealed).decode(),
    )


def opened(issued: IssuedSecret) -> str:
    """Return the secret itself, for its owner."""
    return unseal(
        b64decode(issued.sealed),
        tenant_id=issued.tenant_id,
        webhook_id=issued.webhook_id,
        secret_id=issued.secret_id,
    )
