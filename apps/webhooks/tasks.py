"""Celery hosts dispatchers; it carries no delivery. Whatever it forgets, the next beat starts again."""

import threading
from typing import Any

import structlog
from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from kombu.exceptions import OperationalError

from apps.core.metrics_server import serve_metrics
from apps.webhooks.commands.keep_attempts import keep_attempts as keep
from apps.webhooks.domain.pump_slots import free_slots, give_slot_back, take_slot
from apps.webhooks.domain.pumping import pump_until

log = structlog.get_logger(component="stockwire.webhooks")

# Set when this worker is asked to end; the worker runs its tasks in threads of one process.
_leaving = threading.Event()


@worker_ready.connect
def _serve_metrics(**kwargs: Any) -> None:
    serve_metrics()


@worker_shutting_down.connect
def _leave(**kwargs: Any) -> None:
    _leaving.set()


@shared_task(name="webhooks.pump", queue="webhooks", ignore_result=True, acks_late=False, max_retries=0)
def pump() -> None:
    """Dispatch for ten minutes if a slot is free, then make room and ask for a successor."""
    if _leaving.is_set():
        return
    token = take_slot()
    if token is None:
        return
    try:
        pump_until(_leaving, token)
    finally:
        give_slot_back(token)
        _ask_for_pump()


@shared_task(name="webhooks.keep_pumps_running", queue="webhooks", ignore_result=True)
def keep_pumps_running() -> None:
    """Start a pump for every slot that nobody holds."""
    for _ in range(free_slots()):
        _ask_for_pump()


@shared_task(name="webhooks.keep_attempts", ignore_result=True)
def keep_attempts() -> None:
    """Make the next days of attempts and drop those behind the retention."""
    kept = keep()
    log.info("attempts_kept", made=kept.made, dropped=kept.dropped)
    if kept.busy:
        log.warning("partition_busy", table="webhooks_attempt")


def _ask_for_pump() -> None:
    try:
        pump.apply_async(expires=5, retry=False)
    except OperationalError as error:
        log.warning("pump_not_requested", error=str(error))  # the broker is away; beat asks again when it is back
