"""Keeps the replay no faster than its receivers follow: a shop that outran them would measure its own queue."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

WIDEST = 24
_LAG_SECONDS = 0.1
_LOOK_SECONDS = 0.05


class Pace:
    """How many movements may be under way: one more while webhooks arrive in time, half as many when they lag."""

    def __init__(self, lag: Callable[[], Awaitable[float]]) -> None:
        self._lag = lag
        self._width = 4
        self._under_way = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._under_way < self._width)
            self._under_way += 1
        try:
            yield
        finally:
            async with self._changed:
                self._under_way -= 1
                self._changed.notify()

    async def keep(self) -> None:
        """Widen and narrow, until cancelled."""
        while True:
            lag = await self._lag()
            async with self._changed:
                self._width = max(1, self._width // 2) if lag > _LAG_SECONDS else min(WIDEST, self._width + 1)
                self._changed.notify_all()
            await asyncio.sleep(_LOOK_SECONDS)
