"""Hearing hints over Redis. Whoever listens also looks by itself: without Redis it finds things a little later."""

import asyncio
from collections.abc import Callable

import redis.asyncio
import structlog
from django.conf import settings

log = structlog.get_logger(component="stockwire.hints")

_TIMEOUT_SECONDS = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_PING_SECONDS = 15.0


async def listen(channel: str, heard: Callable[[bytes | None], None]) -> None:
    """Call `heard` with every hint, until cancelled, and with None where hints may have been missed.

    Connects again, ever more slowly, while Redis is away.
    """
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
                await subscription.subscribe(channel)
                pause = _FIRST_PAUSE
                heard(None)  # what was published before is unknown
                while True:
                    message = await subscription.get_message(timeout=_PING_SECONDS)
                    if message is not None:
                        heard(message["data"])
        except (redis.RedisError, OSError) as error:
            log.warning("wakeups_away", channel=channel, error=str(error), again_in_seconds=pause)
        finally:
            await client.aclose()
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
