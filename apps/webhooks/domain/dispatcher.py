"""Relays events and delivers webhooks, until told to stop. Any number may run; the database shares out the work.

One loop moves events and claims deliveries; each delivery is a task; results are written in batches; a sweeper takes
back what dead dispatchers left. Redis only shortens the wait between two looks.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connections

from apps.core.metrics import attempts_of, events_relayed, webhooks_in_flight
from apps.outbox.domain.relay import relay_events
from apps.webhooks.domain.claims import claim_deliveries, expired_claims, tell_of_failing
from apps.webhooks.domain.completing import Completions
from apps.webhooks.domain.delivering import Parcel, broken, deliver, parcels, release
from apps.webhooks.domain.links import Link
from apps.webhooks.domain.rendering import render_claims
from apps.webhooks.domain.replaying import queue_pieces, replays_under_way
from apps.webhooks.domain.sending import Sender
from apps.webhooks.domain.wakeups import listen
from apps.webhooks.types import Claim, Result

log = structlog.get_logger(component="stockwire.webhooks")

_RENDER_THREADS = 4
_RESOLVER_THREADS = 64  # a slow name server holds a thread each
_SWEEP_SECONDS = 1.0
_REPLAY_SECONDS = 0.05
_CLOCK_CHECK_SECONDS = 60.0
_CANCEL_AGAIN_SECONDS = 0.5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class Dispatcher:
    """One process's part of the deliveries; `run` it once, in an event loop of its own."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._work = Link("relay")
        self._reports = Link("completions")
        self._completions = Completions(link=self._reports, written=self._on_written)
        self._renderers = ThreadPoolExecutor(_RENDER_THREADS, thread_name_prefix="render")
        self._claimed: dict[int, Claim] = {}  # by delivery: what is not reported yet
        self._unwritten = 0
        self._unproven: set[int] = set()  # of what is claimed: what receivers have that are slow, failing or new
        self._tasks: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Have `run` claim no more, give what is under way WEBHOOK_DRAIN_SECONDS, release the rest and return."""
        self._stop.set()
        self.wake.set()

    async def run(self) -> None:
        """Work until `stop`. Raises ClocksDifferError where this machine's clock is wrong."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_RESOLVER_THREADS, "resolve"))
        self._sender = Sender()
        helpers = [
            asyncio.create_task(work)
            for work in (listen(self.wake), self._completions.run(), self._sweep(), self._replay())
        ]
        try:
            await self._work_until_stopped(helpers)
            await self._drain()
        finally:
            await _end([*helpers, *self._tasks])
            await self._reports.drop()  # cancelled in the middle of a batch, perhaps: write it again over a new one
            await self._flush_at_last()
            await self._sender.close()
            await self._work.drop()
            await self._reports.drop()
            await asyncio.to_thread(self._close_renderers)

    async def _work_until_stopped(self, helpers: Sequence[asyncio.Task[None]]) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            for helper in helpers:
                if helper.done():
                    helper.result()  # helpers end by raising only
            self.wake.clear()
            try:
                busy = await self._step()
                pause = _FIRST_PAUSE
            except psycopg.Error as error:
                log.warning("step_failed", error=str(error), sqlstate=error.sqlstate, again_in_seconds=pause)
                await self._work.drop()
                await self._wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            if not busy:
                await self._wait(settings.WEBHOOK_POLL_SECONDS)

    async def _step(self) -> bool:
        """Move events, then claim at once; True where there may be more of either."""
        connection = await self._work.connection()
        moved = await relay_events(connection)
        events_relayed.inc(sum(each.last_position - each.first_position + 1 for each in moved))
        room = settings.WEBHOOK_MAX_IN_FLIGHT - self._unwritten
        if room <= 0:
            return False  # a written result wakes the loop
        # Half of the room is kept for receivers that are known to answer quickly: the others cannot fill all of it.
        unproven = max(settings.WEBHOOK_MAX_IN_FLIGHT // 2 - len(self._unproven), 0)
        claims = await claim_deliveries(connection, limit=room, unproven=unproven)
        self._unwritten += len(claims)
        tenants: dict[int, list[Claim]] = defaultdict(list)
        for claim in claims:
            self._claimed[claim.id] = claim
            if not claim.proven:
                self._unproven.add(claim.id)
            webhooks_in_flight.inc()
            tenants[claim.tenant_id].append(claim)
        for of_tenant in tenants.values():
            self._start(self._render_and_send(of_tenant), of_tenant)
        return bool(moved or claims)

    async def _render_and_send(self, claims: Sequence[Claim]) -> None:
        loop = asyncio.get_running_loop()
        rendered = await loop.run_in_executor(self._renderers, render_claims, claims)
        for parcel in parcels(claims, rendered):
            self._start(self._deliver(parcel), [claim for claim, _ in parcel])

    async def _deliver(self, parcel: Parcel) -> None:
        for result in await deliver(self._sender, parcel):
            if self._claimed.pop(result.delivery_id, None) is not None:
                self._report(result)

    async def _sweep(self) -> None:
        """Report as failed what dispatchers that died had claimed; tell of receivers that fail; watch the clocks."""
        loop = asyncio.get_running_loop()
        clocks_due = loop.time() + _CLOCK_CHECK_SECONDS
        link = Link("sweeper")
        try:
            while True:
                try:
                    for result in await expired_claims(await link.connection()):
                        self._unwritten += 1
                        self._completions.add(result)
                    if await tell_of_failing(await link.connection()):
                        self.wake.set()
                    if loop.time() > clocks_due:
                        await link.check_clocks()
                        clocks_due = loop.time() + _CLOCK_CHECK_SECONDS
                except psycopg.Error as error:
                    log.warning("sweep_failed", error=str(error), sqlstate=error.sqlstate)
                    await link.drop()
                await asyncio.sleep(_SWEEP_SECONDS)
        finally:
            await link.drop()

    async def _replay(self) -> None:
        """Queue what webhooks shall get again, while there is such."""
        loop = asyncio.get_running_loop()
        link = Link("replays")
        try:
            while True:
                more = False
                try:
                    if replays := await replays_under_way(await link.connection()):
                        more = await loop.run_in_executor(self._renderers, queue_pieces, replays)
                        self.wake.set()
                except psycopg.Error as error:
                    log.warning("replays_failed", error=str(error), sqlstate=error.sqlstate)
                    await link.drop()
                await asyncio.sleep(_REPLAY_SECONDS if more else _SWEEP_SECONDS)
        finally:
            await link.drop()

    async def _drain(self) -> None:
        """Let what is under way end; release at once what does not, so that another dispatcher need not wait."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + settings.WEBHOOK_DRAIN_SECONDS
        while self._tasks and loop.time() < deadline:
            await asyncio.wait(self._tasks, timeout=deadline - loop.time())
        for claim in self._claimed.values():
            self._report(release(claim))
        self._claimed.clear()

    def _report(self, result: Result) -> None:
        self._unproven.discard(result.delivery_id)
        webhooks_in_flight.dec()
        attempts_of(result.outcome).inc()
        self._completions.add(result)

    async def _flush_at_last(self) -> None:
        try:
            async with asyncio.timeout(settings.WEBHOOK_DRAIN_SECONDS):
                await self._completions.flush()
        except TimeoutError:
            log.warning("results_not_written", because="the database is away; the leases bring them back")

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        except TimeoutError:
            return  # nobody called: look anyway

    def _start(self, work: Coroutine[Any, Any, None], claims: Sequence[Claim]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(partial(self._on_done, claims))

    def _on_done(self, claims: Sequence[Claim], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # What one webhook breaks takes neither its attempts for ever nor the others' room.
            log.error("delivery_broke", webhook_id=claims[0].webhook_id, exc_info=error)
            for claim in claims:
                if self._claimed.pop(claim.id, None) is not None:
                    self._report(broken(claim, error))

    def _on_written(self, count: int) -> None:
        self._unwritten -= count
        self.wake.set()

    def _close_renderers(self) -> None:
        """Close the threads' database connections, each in its own thread, then the threads."""
        everyone = Barrier(_RENDER_THREADS)

        def close() -> None:
            everyone.wait(settings.WEBHOOK_DRAIN_SECONDS)  # so that no thread takes two turns
            connections.close_all()

        for closed in [self._renderers.submit(close) for _ in range(_RENDER_THREADS)]:
            closed.result()
        self._renderers.shutdown()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel the tasks until they have ended: a library that is just connecting may swallow one cancellation."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
