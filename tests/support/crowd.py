"""Many callers who send at the same moment, each over a connection of its own."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Crowd:
    """Callers of the live API at a base URL."""

    base: str

    def send(self, requests: Sequence[Sent]) -> list[Reply]:
        """Send all at the same moment, and return the replies in the requests' order."""
        for request in requests:
            _ = request.client.token  # fetched before the start
        barrier = Barrier(len(requests))
        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(lambda request: self._send(request, barrier.wait), requests))

    def one(self, request: Sent) -> Reply:
        """Send one request."""
        return self._send(request, lambda: 0)

    def _send(self, request: Sent, ready: Callable[[], int]) -> Reply:
        address = urlsplit(self.base)
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


def posting(item: Item, kind: str, quantity: Any = None, *, key: str | None = None, **members: Any) -> Sent:
    """Return a movement of the item by the tenant's staff, about to be sent."""
    body = {"type": kind, **({} if quantity is None else {"quantity": quantity}), **members}
    return Sent(item.tenant.operator, "POST", item.path, body, key=key or fresh_key())


def statuses(replies: Sequence[Reply]) -> dict[int, int]:
    """Return how often each status came."""
    return dict(Counter(reply.status for reply in replies))
