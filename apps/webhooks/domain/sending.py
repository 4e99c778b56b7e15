"""One HTTP request to a receiver: bounded in time and bytes, and never to where a webhook may not reach."""

import asyncio
import errno
import socket
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import aiohttp
from django.conf import settings

from apps.webhooks.domain.addresses import may_reach
from apps.webhooks.domain.signing import signed_headers
from apps.webhooks.domain.urls import why_refused

_READ_BYTES = 16 * 1024
_KEPT_CHARACTERS = 2048
_ERROR_CHARACTERS = 300
_DNS_CACHE_SECONDS = 30
_KEEPALIVE_SECONDS = 60.0
_USER_AGENT = "Stockwire/1"
_REDIAL_SECONDS = 1.0
# Of the current task's request: the address it went to, and whether its connection had served before.
_peer: ContextVar[str | None] = ContextVar("webhook_peer", default=None)
_reused: ContextVar[bool] = ContextVar("webhook_connection_reused", default=False)


class AddressRefusedError(OSError):
    """The name led to an address that a webhook may not reach."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request. `status` is None where no answer came; `error` says why it counts as failed."""

    status: int | None
    milliseconds: int
    address: str | None = None
    error: str | None = None
    answer: str | None = None
    retry_after: str | None = None
    timed_out: bool = False

    @property
    def succeeded(self) -> bool:
        """True for 2xx, answered in full within the time."""
        return self.error is None


class Sender:
    """A session with every receiver. Connections are reused; nothing else is remembered between requests.

    `resolver` answers names instead of the system's.
    """

    def __init__(self, *, resolver: aiohttp.abc.AbstractResolver | None = None) -> None:
        self._session = aiohttp.ClientSession(
            connector=_RecordingConnector(
                limit=0,  # the lanes bound it
                ttl_dns_cache=_DNS_CACHE_SECONDS,
                keepalive_timeout=_KEEPALIVE_SECONDS,
                socket_factory=guarded_socket,
                resolver=resolver,
            ),
            timeout=aiohttp.ClientTimeout(
                total=settings.WEBHOOK_TOTAL_TIMEOUT, connect=settings.WEBHOOK_CONNECT_TIMEOUT
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"user-agent": _USER_AGENT, "accept-encoding": "identity", "content-type": "application/json"},
        )

    async def post(self, url: str, *, body: bytes, event_id: str, secrets: Sequence[str]) -> Reply:
        """Sign and send `body`. Never raises for what the receiver, its name or the network does."""
        started = time.monotonic()
        _peer.set(None)
        refused = why_refused(url)
        if refused is not None:
            return Reply(None, 0, error=refused)
        headers = signed_headers(event_id=event_id, timestamp=int(time.time()), body=body, secrets=secrets)
        try:
            try:
                return await self._request(url, body, headers, started)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # A kept connection that its receiver had just closed: no failure of anybody, dial once more.
                if not _reused.get() or time.monotonic() - started > _REDIAL_SECONDS:
                    raise
                return await self._request(url, body, headers, started)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            # ValueError: a URL or a response that aiohttp cannot represent.
            timed_out = isinstance(error, TimeoutError)  # aiohttp's time-outs are of this kind too
            return Reply(None, _milliseconds(started), _peer.get(), error=_said(error), timed_out=timed_out)

    async def _request(self, url: str, body: bytes, headers: Mapping[str, str], started: float) -> Reply:
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            answer = await _read(response.content)
            status, retry_after = response.status, response.headers.get("Retry-After")
        if 200 <= status < 300:
            return Reply(status, _milliseconds(started), _peer.get())
        return Reply(
            status,
            _milliseconds(started),
            _peer.get(),
            error=f"The receiver answered {status}.",
            answer=_text(answer),
            retry_after=retry_after,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


def guarded_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket for an address that a name really led to; the one door to the network.

    Raises AddressRefusedError. It sees literals, every spelling of them and whatever a name server says at the moment
    of connecting, so that a name cannot pass a check and then move.
    """
    family, type_, protocol, _, target = address
    if family not in {socket.AF_INET, socket.AF_INET6} or not may_reach(
        str(target[0]), allow_private=settings.WEBHOOK_ALLOW_PRIVATE
    ):
        # Without the address: where an internal name leads is nothing to tell its asker.
        raise AddressRefusedError(errno.EACCES, "Webhooks may not reach this address.")
    return socket.socket(family=family, type=type_, proto=protocol)


class _RecordingConnector(aiohttp.TCPConnector):
    """Remembers where the current task's request goes, and over what kind of connection."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._served: WeakSet[object] = WeakSet()

    async def connect(self, *args: Any, **kwargs: Any) -> aiohttp.connector.Connection:
        connection = await super().connect(*args, **kwargs)
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        _peer.set(str(peer[0]) if peer else None)
        _reused.set(connection.protocol in self._served)
        if connection.protocol is not None:
            self._served.add(connection.protocol)
        return connection


async def _read(content: aiohttp.StreamReader) -> bytes:
    """Read the answer up to the limit; what is longer is cut, and its connection is closed with the response."""
    kept = bytearray()
    while len(kept) < _READ_BYTES:
        piece = await content.read(_READ_BYTES - len(kept))
        if not piece:
            break
        kept += piece
    return bytes(kept)


def _text(answer: bytes) -> str | None:
    return _storable(answer[:_KEPT_CHARACTERS].decode(errors="replace")) or None


def _said(error: BaseException) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"No connection within {settings.WEBHOOK_CONNECT_TIMEOUT:g} s."
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return f"No complete answer within {settings.WEBHOOK_TOTAL_TIMEOUT:g} s."
    return _storable(f"{type(error).__name__}: {error}")[:_ERROR_CHARACTERS]


def _storable(text: str) -> str:
    """Replace what PostgreSQL does not store: NUL and lone surrogates, both of the receiver's making."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
