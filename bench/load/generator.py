"""Closed-loop clients on raw asyncio protocols: as little of the machine as possible goes into asking."""

import asyncio
import itertools
import random
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import cast
from uuid import uuid4

from bench.load.plan import Plan, Seen

_DRAIN_SECONDS = 30.0
_BODILESS = frozenset({204, 304})


class Load:
    """All clients of one plan, and what they saw together."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.answers: Counter[int] = Counter()
        self.broken = 0
        self.begins = time.perf_counter() + plan.warm_up_seconds
        self.ends = self.begins + plan.seconds
        self.latencies = array("d")
        self._requests = self._endless()

    def next_request(self) -> bytes | None:
        """Return the next request, None when the time is over."""
        return None if time.perf_counter() >= self.ends else next(self._requests)

    def record(self, status: int, asked_at: float) -> None:
        """Take note of a whole answer."""
        now = time.perf_counter()
        self.answers[status] += 1
        if self.begins <= now < self.ends:
            self.latencies.append(now - asked_at)

    async def run(self) -> Seen:
        """Send until the time is over, wait for what is still in flight, and return what was seen."""
        cpu = time.process_time()
        loop = asyncio.get_running_loop()
        clients = [Client(self, loop) for _ in range(self.plan.connections)]
        for client in clients:
            client.connect()
        limit = self.ends - time.perf_counter() + _DRAIN_SECONDS
        _, late = await asyncio.wait([client.done for client in clients], timeout=limit)
        self.broken += len(late)
        ordered = sorted(self.latencies)
        return Seen(
            answers=dict(self.answers),
            broken=self.broken,
            per_second=len(ordered) / self.plan.seconds,
            p50_ms=quantile(ordered, 0.50) * 1000,
            p99_ms=quantile(ordered, 0.99) * 1000,
            cpu_seconds=time.process_time() - cpu,
        )

    def _endless(self) -> Iterator[bytes]:
        requests = [(head.encode(), rest.encode()) for head, rest in self.plan.requests]
        random.Random(1).shuffle(requests)  # noqa: S311 -- the same order for every side
        endless = itertools.cycle(requests)
        if not self.plan.keyed:
            return (head + rest for head, rest in endless)
        run = uuid4().hex.encode()
        return (b"%b\r\nIdempotency-Key: %b-%d%b" % (head, run, n, rest) for n, (head, rest) in enumerate(endless))


class Client(asyncio.Protocol):
    """One connection: ask, wait for the whole answer, ask again; connects anew where the server closes."""

    def __init__(self, load: Load, loop: asyncio.AbstractEventLoop) -> None:
        self.done: asyncio.Future[None] = loop.create_future()
        self._load = load
        self._loop = loop
        self._buffer = b""
        self._waiting = False
        self._asked_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None

    def connect(self) -> None:
        """Open the connection."""
        self._connecting = self._loop.create_task(self._connect())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first question."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Collect an answer; when it is whole, take note and go on."""
        self._buffer = self._buffer + data if self._buffer else data
        answer = whole_answer(self._buffer)
        if answer is None:
            return
        self._buffer, self._waiting = b"", False
        self._load.record(answer[0], self._asked_at)
        if answer[1] and self._transport is not None:
            self._transport.close()
        else:
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        """Connect again, unless the time is over."""
        if self._waiting:
            self._load.broken += 1
            self._waiting, self._buffer = False, b""
        if self.done.done():
            return
        if time.perf_counter() < self._load.ends:
            self.connect()
        else:
            self.done.set_result(None)

    async def _connect(self) -> None:
        try:
            await self._loop.create_connection(lambda: self, "127.0.0.1", self._load.plan.port)
        except OSError:
            self._load.broken += 1
            self.done.set_result(None)

    def _ask(self) -> None:
        request = self._load.next_request()
        if request is None or self._transport is None:
            self._finish()
            return
        self._waiting, self._asked_at = True, time.perf_counter()
        self._transport.write(request)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self._transport is not None:
            self._transport.close()


def whole_answer(received: bytes) -> tuple[int, bool] | None:
    """Return status and whether the server closes, or None while something is missing.

    Raises ValueError for an answer that does not say how long it is: no side of the bench sends one.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[: end + 2].lower()
    status = int(head[9:12])
    at = head.find(b"\r\ncontent-length:")
    if at < 0 and status not in _BODILESS:
        raise ValueError(f"an answer without a length: {head[:200]!r}")
    length = 0 if at < 0 or status in _BODILESS else int(head[at + 17 : head.find(b"\r\n", at + 17)])
    if len(received) < end + 4 + length:
        return None
    return status, b"\r\nconnection: close" in head


def quantile(ordered: "list[float]", share: float) -> float:
    """Return the value below which `share` of the ordered values lie; 0 of none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
