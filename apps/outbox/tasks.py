import structlog
from celery import shared_task

from apps.outbox.commands.forget_idempotency_keys import forget_idempotency_keys as forget
from apps.outbox.commands.keep_log import keep_log as keep

log = structlog.get_logger(component="stockwire.outbox")


@shared_task(name="outbox.forget_idempotency_keys")
def forget_idempotency_keys() -> None:
    """Delete idempotency records that have served their 72 hours."""
    log.info("idempotency_keys_forgotten", count=forget())


@shared_task(name="outbox.keep_log")
def keep_log() -> None:
    """Make the log's next days and drop those behind the retention."""
    kept = keep()
    log.info("log_kept", made=kept.made, dropped=kept.dropped)
    if kept.busy:
        log.warning("partition_busy", table="outbox_event")  # by the next run, or by one of the week's, it is free
