"""Collects results and writes them together: while one batch is on its way, the next one gathers."""

import asyncio
from collections.abc import Callable

import psycopg
import structlog

from apps.webhooks.domain.claims import complete_deliveries
from apps.webhooks.domain.links import Link
from apps.webhooks.types import Result

log = structlog.get_logger(component="stockwire.webhooks")

_MAX_BATCH = 500
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


class Completions:
    """The results that are not written yet."""

    def __init__(self, *, link: Link, written: Callable[[int], None]) -> None:
        self._link = link
        self._written = written
        self._waiting: list[Result] = []
        self._changed = asyncio.Event()

    def add(self, result: Result) -> None:
        """Have the result written soon."""
        self._waiting.append(result)
        self._changed.set()

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits. While the database is away it keeps trying: claims are fenced, so late is harmless."""
        pause = _FIRST_PAUSE
        size = _MAX_BATCH
        while self._waiting:
            batch = self._waiting[:size]
            try:
                await complete_deliveries(await self._link.connection(), batch)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("completion_delayed", results=len(batch), error=str(error))
                await self._link.drop()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            except psycopg.Error:
                # A bug in one result must not hold up the others: go on one by one, and let that one's lease end.
                await self._link.drop()
                if len(batch) > 1:
                    size = 1
                    continue
                log.exception("completion_refused", result=batch[0])
            del self._waiting[: len(batch)]
            pause = _FIRST_PAUSE
            self._written(len(batch))
