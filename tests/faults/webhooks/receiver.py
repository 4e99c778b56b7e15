"""A real receiver on loopback, in a thread of its own: answers as told and remembers what came."""

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    def verified(self, secret: str) -> dict[str, Any]:
        """Return the payload. Raises where the signature is not the secret's."""
        payload: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return payload


@dataclass(slots=True)
class Receiver:
    """Requests so far, and the next answers: a handler, or statuses that are used up one by one (then 200)."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    handler: Handler | None = None
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def wait_for(self, count: int, *, path: str | None = None, seconds: float = 30.0) -> list[Received]:
        """Return the requests once there are `count`."""
        return self.wait_until(lambda found: len(found) >= count, path=path, seconds=seconds)

    def wait_until(
        self, condition: Callable[[list[Received]], bool], *, path: str | None = None, seconds: float = 30.0
    ) -> list[Received]:
        """Return the requests once the condition holds for them."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: condition(self.to(path)), seconds), self.to(path)
            return self.to(path)

    def to(self, path: str | None) -> list[Received]:
        return [each for each in self.requests if path is None or each.path == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self._arrived:
            self.requests.append(Received(request.path, headers, body, time.time()))
            self._arrived.notify_all()
        if self.handler is not None:
            return await self.handler(request)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


def holding_back(answer: threading.Event) -> Handler:
    """Return a handler that answers nobody before `answer` is set."""

    async def hold_back(request: web.Request) -> web.StreamResponse:
        while not answer.is_set():  # noqa: ASYNC110 -- set by another thread
            await asyncio.sleep(0.01)
        return web.Response()

    return hold_back


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve a receiver for the length of the block."""
    receiver = Receiver()
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(_serve(receiver))
    thread = threading.Thread(target=loop.run_forever, name="receiver")
    thread.start()
    try:
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _serve(receiver: Receiver) -> web.AppRunner:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    # No port in this range is another protocol's, where no webhook may point.
    for port in random.sample(range(20_000, 27_000), 50):
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError:
            continue  # taken: another
        receiver.port = port
        return runner
    raise RuntimeError("no free port")
