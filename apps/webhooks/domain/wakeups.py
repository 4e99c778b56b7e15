"""Listening for hints that something was committed. Without Redis the dispatcher's own poll finds it a little later."""

import asyncio

from apps.outbox import hints
from apps.outbox.waker import CHANNEL


async def listen(wake: asyncio.Event) -> None:
    """Set `wake` at every hint, until cancelled."""
    await hints.listen(CHANNEL, lambda _hint: wake.set())
