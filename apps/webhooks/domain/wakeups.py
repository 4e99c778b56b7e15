"""Listening for hints that something was committed. Without Redis the dispatcher's own poll finds it a little later."""

import asyncio

import redis.asyncio
import structlog
from django.conf import settings

from apps.outbox.waker import CHANNEL

log = structlog.get_logger(component="stockwire.webhooks")

_TIMEOUT_SECONDS = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_PING_SECONDS = 15.0


async def listen(wake: asyncio.Event) -> None:
    """Set `wake` at every hint, until cancelled; connects again, ever more slowly, while Redis is away."""
    pause = _FIRST_PAUSE
    while True:
        client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            socket_timeout=_TIMEOUT_SECONDS,
            health_check_interval=_PING_SECONDS,
        )
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(CHANNEL)
                pause = _FIRST_PAUSE
                wake.set()  # what was published before is unknown
                while True:
                    if await subscription.get_message(timeout=_PING_SECONDS) is not None:
                        wake.set()
        except (redis.RedisError, OSError) as error:
            log.warning("wakeups_away", error=str(error), again_in_seconds=pause)
        finally:
            await client.aclose()
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
