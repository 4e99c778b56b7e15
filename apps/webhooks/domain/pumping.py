"""A dispatcher inside a worker: it lives while it holds its slot, its time is not over and the worker stays."""

import asyncio
import threading
from uuid import UUID

import structlog
from django.conf import settings

from apps.core.errors import Unavailable
from apps.webhooks.domain.dispatcher import Dispatcher
from apps.webhooks.domain.loops import new_loop
from apps.webhooks.domain.pump_slots import LEASE_SECONDS, renew_slot

log = structlog.get_logger(component="stockwire.webhooks")

_LOOK_SECONDS = 0.25
_RENEW_SECONDS = LEASE_SECONDS / 4


def pump_until(leaving: threading.Event, token: UUID) -> None:
    """Dispatch until `leaving` is set, WEBHOOK_PUMP_SECONDS are over or the slot that `token` holds is lost."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_pump(leaving, token))


async def _pump(leaving: threading.Event, token: UUID) -> None:
    dispatcher = Dispatcher()
    watch = asyncio.create_task(_watch(dispatcher, leaving, token))
    try:
        await dispatcher.run()
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _watch(dispatcher: Dispatcher, leaving: threading.Event, token: UUID) -> None:
    """Stop the dispatcher when its time has come; the slot is kept while it drains."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + settings.WEBHOOK_PUMP_SECONDS
    renewed_at = loop.time()
    while True:
        if leaving.is_set() or loop.time() >= ends_at:
            dispatcher.stop()
        if loop.time() - renewed_at >= _RENEW_SECONDS:
            try:
                if not await asyncio.to_thread(renew_slot, token):
                    log.warning("pump_slot_lost")
                    dispatcher.stop()
                renewed_at = loop.time()
            except Unavailable as error:
                log.warning("pump_slot_not_renewed", error=str(error))
        await asyncio.sleep(_LOOK_SECONDS)
