"""A receiver that costs next to nothing: `python -m bench.sink PORT`.

It answers 204 to every POST and keeps what came and when; under `/hang` it never answers. `GET /received` tells it and
forgets it; `GET /count` how much there is. It is also the trivial server against which the load generator's own ceiling
is measured.
"""

import asyncio
import sys
import time
from datetime import datetime
from typing import cast

import msgspec
import uvloop

from sandbox.embedded.ports import LOOPBACK

_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Received(msgspec.Struct, frozen=True):
    """One delivery: to which path, which event, when it was said to have happened, when it was here (Unix seconds)."""

    path: str
    event: str
    happened_at: float
    received_at: float


class _Event(msgspec.Struct):
    id: str
    time: msgspec.Raw


_kept: list[tuple[str, bytes, float]] = []
_events = msgspec.json.Decoder(_Event)
_moments = msgspec.json.Decoder(float)


class Receiver(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = _length_of(head)
            if len(self._buffer) < end + 4 + length:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + length], self._buffer[end + 4 + length :]
            method, path, _ = head[: head.find(b"\r\n")].split(b" ")
            if path.startswith(b"/hang"):
                continue
            answer = _received(path.decode(), body) if method == b"POST" else _answer(path)
            if self._transport is not None:
                self._transport.write(answer)


def _length_of(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return 0 if at < 0 else int(head[at + 17 :].split(b"\r\n", 1)[0])


def _received(path: str, body: bytes) -> bytes:
    _kept.append((path, body, time.time()))
    return _NO_CONTENT


def _answer(path: bytes) -> bytes:
    if path == b"/count":
        content = msgspec.json.encode(len(_kept))
    elif path == b"/received":
        content = msgspec.json.encode([_told(*kept) for kept in _kept])
        _kept.clear()
    else:
        content = b"{}"
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)


def _told(path: str, body: bytes, received_at: float) -> Received:
    event = _events.decode(body)
    return Received(path=path, event=event.id, happened_at=_seconds(bytes(event.time)), received_at=received_at)


def _seconds(raw: bytes) -> float:
    """Return Unix seconds of a number or of an RFC 3339 text."""
    if raw.startswith(b'"'):
        return datetime.fromisoformat(raw[1:-1].decode()).timestamp()
    return _moments.decode(raw)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, LOOPBACK, port, reuse_port=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
