"""Many callers who send at the same moment, each over a connection of its own, to the API's processes in turns."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

from tests.support.api import ApiClient
from tests.support.stock import Item, fresh_key

_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that is about to be sent."""

    client: ApiClient
    method: str
    path: str
    body: Any = None
    key: str | None = None
    if_match: str | None = None

    def under_another_key(self) -> "Sent":
        """Return the same request as a new one."""
        return replace(self, key=fresh_key())


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over the wire."""

    status: int
    headers: dict[str, str]
    content: bytes
    asked_at: float = 0.0  # of the caller's own clock: who was answered before another asked came before it
    answered_at: float = 0.0

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.content)

    @property
    def told(self) -> tuple[int, bytes, str | None, str | None]:
        """What a replay repeats: status, body, ETag and Location."""
        return self.status, self.content, self.headers.get("etag"), self.headers.get("location")


@dataclass(frozen=True, slots=True)
class Heard:
    """A request, the process that it went to, and its reply."""

    request: Sent
    process: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Crowd:
    """Callers of the live API at a base URL, and of its other processes at theirs. Remembers what it heard."""

    base: str
    others: tuple[str, ...] = ()
    heard: list[Heard] = field(default_factory=list)

    def send(self, requests: Sequence[Sent]) -> list[Reply]:
        """Send all at the same moment, and return the replies in the requests' order."""
        for request in requests:
            _ = request.client.token  # fetched before the start
        barrier = Barrier(len(requests))
        with ThreadPoolExecutor(len(requests)) as pool:
            numbers = range(len(requests))
            return list(pool.map(lambda n, request: self._send(request, n, barrier.wait), numbers, requests))

    def one(self, request: Sent, *, process: int = 0) -> Reply:
        """Send one request."""
        return self._send(request, process, lambda: 0)

    def begin(self, request: Sent, *, process: int = 0) -> "Future[Reply]":
        """Send one request without waiting for its reply."""
        _ = request.client.token
        pool = ThreadPoolExecutor(1)
        begun = pool.submit(self.one, request, process=process)
        pool.shutdown(wait=False)
        return begun

    def again(self, heard: Heard) -> Reply:
        """Send a request once more, to another process, and do not remember it."""
        return self._exchange(heard.request, heard.process + 1, lambda: 0)

    def _send(self, request: Sent, process: int, ready: Callable[[], int]) -> Reply:
        reply = self._exchange(request, process, ready)
        self.heard.append(Heard(request, process, reply))
        return reply

    def _exchange(self, request: Sent, process: int, ready: Callable[[], int]) -> Reply:
        bases = (self.base, *self.others)
        address = urlsplit(bases[process % len(bases)])
        connection = HTTPConnection(str(address.hostname), address.port, timeout=_SECONDS)
        try:
            connection.connect()
            headers = {"Authorization": f"Bearer {request.client.token}"}
            named = {"Idempotency-Key": request.key, "If-Match": request.if_match}
            headers |= {name: value for name, value in named.items() if value is not None}
            body = None
            if request.body is not None:
                body = json.dumps(request.body)
                headers["Content-Type"] = "application/json"
            ready()
            asked_at = time.perf_counter()
            connection.request(request.method, request.path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
            return Reply(response.status, dict(response.headers.items()), content, asked_at, time.perf_counter())
        finally:
            connection.close()


def posting(
    item: Item, kind: str, quantity: Any = None, *, by: ApiClient | None = None, key: str | None = None, **members: Any
) -> Sent:
    """Return a movement of the item, about to be sent: by the tenant's staff unless `by` says otherwise."""
    body = {"type": kind, **({} if quantity is None else {"quantity": quantity}), **members}
    return Sent(by or item.tenant.operator, "POST", item.path, body, key=key or fresh_key())


def batch(item: Item, lines: Sequence[dict[str, Any]], *, mode: str = "atomic", key: str | None = None) -> Sent:
    """Return a list of movements of the item's tenant, about to be sent by its staff."""
    body = {"mode": mode, "items": list(lines)}
    return Sent(item.tenant.operator, "POST", "/v1/inventory/batch", body, key=key or fresh_key())


def statuses(replies: Sequence[Reply]) -> dict[int, int]:
    """Return how often each status came."""
    return dict(Counter(reply.status for reply in replies))


def refusals(replies: Sequence[Reply]) -> dict[tuple[int, str], int]:
    """Return how often each refusal came, by status and code."""
    return dict(Counter((reply.status, str(reply.json["code"])) for reply in replies if reply.status >= 400))


def assert_every_reply_stands(crowd: Crowd) -> None:
    """Assert that no reply was an error of the server, and that every success under a key is told again, elsewhere."""
    broken = [(heard.request, heard.reply) for heard in crowd.heard if heard.reply.status >= 500]
    assert broken == []
    successes = {
        (id(heard.request.client), heard.request.key): heard
        for heard in crowd.heard
        if heard.request.key is not None and heard.reply.status < 300
    }
    for heard in successes.values():
        replay = crowd.again(heard)
        assert (replay.told, replay.headers.get("idempotent-replayed")) == (heard.reply.told, "true"), heard.request
