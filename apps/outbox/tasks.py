import structlog
from celery import shared_task

from apps.outbox.commands.forget_idempotency_keys import forget_idempotency_keys as forget

log = structlog.get_logger(component="stockwire.outbox")


@shared_task(name="outbox.forget_idempotency_keys")
def forget_idempotency_keys() -> None:
    """Delete idempotency records that have served their 72 hours."""
    log.info("idempotency_keys_forgotten", count=forget())
