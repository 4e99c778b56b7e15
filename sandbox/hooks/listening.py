"""The receiver of `webhooks listen`: takes deliveries on loopback, says what came, and passes it on as it came."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import web

from apps.webhooks.domain.signing import is_signed
from sandbox.embedded.ports import first_free_port

PREFERRED_PORT = 28200
# The platform gives a receiver 15 s in all.
_FORWARD_SECONDS = aiohttp.ClientTimeout(total=14, connect=3)
_LONGEST_BODY = 2 * 1024 * 1024
# Of one connection, not of the message (RFC 9110, section 7.6.1), and what the forwarding client says itself.
_NOT_PASSED_ON = frozenset(
    {"host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One delivery and what became of it. `status` is what the platform was answered."""

    at: datetime
    event: Mapping[str, Any]
    verified: bool
    status: int
    forwarded: bool
    milliseconds: int
    error: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the line for scripts: the event whole, and our part beside it."""
        return {
            "at": self.at.isoformat(),
            "verified": self.verified,
            "status": self.status,
            "forwarded": self.forwarded,
            "milliseconds": self.milliseconds,
            "error": self.error,
            "event": self.event,
        }

    def as_text(self) -> str:
        """Return the line for people."""
        event = self.event
        data = event.get("data") or {}
        available = data.get("availableQuantity")
        words = [
            f"{self.at:%H:%M:%S}",
            f"{event.get('type', 'not an event'):<18}",
            f"{event.get('subject', ''):<28}",
            f"#{event.get('sequence', '?'):<6}",
            f"available {available:<8}" if available is not None else "",
            "verified" if self.verified else "BAD SIGNATURE",
        ]
        answered = f"-> {self.status} in {self.milliseconds} ms" if self.forwarded else f"-> {self.status}"
        said = f"{answered}: {self.error}" if self.error else answered
        return "  ".join([*(word for word in words if word), said])


@dataclass(slots=True)
class Listening:
    """Where deliveries go. One that comes before the subscription's answer has told the secret waits for it."""

    forward_to: str | None
    heard: Callable[[Heard], None]
    path: str = field(default_factory=lambda: f"/{secrets.token_hex(8)}")
    port: int = 0
    secret: str = ""
    session: aiohttp.ClientSession | None = None
    _knows_secret: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, secret: str) -> None:
        """Take deliveries that are signed with `secret`."""
        self.secret = secret
        self._knows_secret.set()

    async def handle(self, request: web.Request) -> web.Response:
        """Take one delivery and answer as the target does; 204 where there is none, 502 where it cannot be reached."""
        started = time.monotonic()
        body = await request.read()
        await self._knows_secret.wait()
        headers = {name.lower(): value for name, value in request.headers.items()}
        verified = is_signed(body, headers, secret=self.secret, now=time.time())
        status, error = 204, None
        if not verified:
            status, error = 401, "the signature is not this subscription's; nothing was forwarded"
        elif self.forward_to is not None:
            status, error = await self._forward(body, headers)
        forwarded = verified and self.forward_to is not None
        milliseconds = int((time.monotonic() - started) * 1000)
        now = datetime.now().astimezone()
        self.heard(Heard(now, _event(body), verified, status, forwarded, milliseconds, error))
        return web.Response(status=status, text=error or "")

    async def _forward(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str | None]:
        """Send the exact bytes on; what goes wrong is the target's fault, and makes the platform try again."""
        passed = {name: value for name, value in headers.items() if name not in _NOT_PASSED_ON}
        if self.session is None or self.forward_to is None:
            return 502, "the listener is ending"
        try:
            async with self.session.post(
                self.forward_to, data=body, headers=passed, allow_redirects=False, timeout=_FORWARD_SECONDS
            ) as response:
                await response.read()
                return response.status, None
        except TimeoutError:
            return 502, f"{self.forward_to} did not answer in time; the platform will try again"
        except aiohttp.ClientConnectorError as error:
            reason = error.strerror or type(error.os_error).__name__
            return 502, f"{self.forward_to} cannot be reached ({reason}); the platform will try again"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return 502, f"{self.forward_to} cannot be reached ({error}); the platform will try again"


@asynccontextmanager
async def listening(receiver: Listening, *, host: str) -> AsyncIterator[None]:
    """Serve the receiver for the length of the block; sets its port."""
    application = web.Application(client_max_size=_LONGEST_BODY)
    application.router.add_post(receiver.path, receiver.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    receiver.port = first_free_port(receiver.port or PREFERRED_PORT)
    try:
        async with aiohttp.ClientSession(auto_decompress=False) as receiver.session:
            await web.TCPSite(runner, host, receiver.port).start()
            yield
    finally:
        await runner.cleanup()
        receiver.session = None


def why_unusable(url: str) -> str | None:
    """Say why nobody could be forwarded to `url`; None where it looks right."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        usable = False
    return None if usable else f"{url!r} is not a URL to forward to: say http://localhost:3000/hooks."


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        event = msgspec.json.Decoder(dict[str, Any]).decode(body)
    except msgspec.DecodeError:
        return {}
    return event
