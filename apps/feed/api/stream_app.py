"""The ASGI application of the process that holds answers open: the live stream, and lists that wait for news.

Who asks and what for is judged by the ordinary views, in threads; what is held open costs no thread.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

from apps.core.errors import Misdirected, Unavailable
from apps.core.http.problems import problem_response
from apps.feed.api.frames import MEDIA_TYPE, event_frame, opening_frame, position_frame
from apps.feed.api.handover import OPENING, WAITING, Opening, Waiting
from apps.feed.api.wsgi_bridge import Answered, AsgiSend, Scope, answered, environ_of
from apps.feed.domain.hub import Hub

Receive = Callable[[], Awaitable[dict[str, Any]]]
STREAM = "/v1/events/stream"
_WAITING = frozenset({"/v1/events", "/v1/inventory/changes"})
_ORDINARY = frozenset({"/healthz", "/readyz", "/metrics"})
# Of the ordinary answer, what a stream says otherwise: its type, its length, and that nobody keeps any of it.
_OWN_HEADERS = frozenset({b"content-type", b"content-length", b"cache-control"})
_STREAM_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]


class StreamApp:
    """Answers three paths and the probes; for everything else it says where that is."""

    def __init__(self, handler: WSGIHandler) -> None:
        self._handler = handler
        self._threads = ThreadPoolExecutor(settings.DATABASE_POOL_SIZE, thread_name_prefix="view")
        self._hub: Hub | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])  # no lifespan: the first request starts what there is to start
        hub = self._started()
        if scope["path"] == STREAM and scope["method"] == "GET":
            await self._stream(hub, scope, receive, send)
        elif scope["path"] in _WAITING:
            await self._wait(hub, scope, send)
        elif scope["path"] in _ORDINARY or scope["path"] == STREAM:
            await (await self._answer(scope)).send(send)
        else:
            address = settings.PUBLIC_URL + scope["path"]
            await _problem(scope, Misdirected(address=address)).send(send)

    def _started(self) -> Hub:
        if self._hub is None:
            self._hub = Hub(write=event_frame, mark=position_frame)
            self._hub.start()
            _end_streams_at_sigterm(self._hub)
        return self._hub

    async def _stream(self, hub: Hub, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        hub.places += 1
        try:
            opening = Opening(is_full_for=hub.is_full_for)
            answer = await self._answer(scope, **{OPENING: opening})
            if opening.subscription is None:
                await answer.send(send)
                return
            scope["headers"] = []  # the server keeps the scope as long as the stream lives
            kept = [(name, value) for name, value in answer.headers if name not in _OWN_HEADERS]
            await send({"type": "http.response.start", "status": 200, "headers": [*kept, *_STREAM_HEADERS]})

            async def deliver(text: bytes, more: bool) -> None:  # noqa: FBT001 -- as ASGI says it
                await send({"type": "http.response.body", "body": text, "more_body": more})

            client = await hub.join(opening.subscription, send=deliver, opening=opening_frame())
            del answer, opening, kept
            try:
                while (await receive())["type"] != "http.disconnect":
                    pass
            except asyncio.CancelledError:
                return  # the hub ends the stream
            finally:
                hub.leave(client)
        finally:
            hub.places -= 1

    async def _wait(self, hub: Hub, scope: Scope, send: AsgiSend) -> None:
        hub.places += 1
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            while True:
                waiting = Waiting()
                answer = await self._answer(scope, **{WAITING: waiting})
                left = began + waiting.seconds - loop.time()
                if answer.status != 200 or waiting.empty_behind is None or left <= 0 or hub.closing:
                    break
                if hub.is_full_for(waiting.tenant_id):
                    answer = _problem(scope, Unavailable("This process has as many streams as it takes."))
                    break
                await hub.wait_beyond(waiting.tenant_id, waiting.empty_behind, left)
        except Unavailable as refusal:
            answer = _problem(scope, refusal)
        finally:
            hub.places -= 1
        await answer.send(send)

    async def _answer(self, scope: Scope, **extras: Any) -> Answered:
        run = partial(answered, self._handler, environ_of(scope, extras))
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)


def _problem(scope: Scope, refusal: Misdirected | Unavailable) -> Answered:
    response = problem_response(WSGIRequest(environ_of(scope, {})), refusal)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    return Answered(response.status_code, headers, response.content)


def _end_streams_at_sigterm(hub: Hub) -> None:
    """End the streams when the server is told to stop: it waits for every answer to end, and tells us nothing.

    The server's own handler is the loop's and goes on working: the signal wakes the loop whatever is registered here.
    """
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    ending: set[asyncio.Task[None]] = set()

    def close() -> None:
        ending.add(loop.create_task(hub.close()))

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(close)
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, handle)
