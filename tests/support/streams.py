"""A client of the live stream, as small as one can be: a socket, and what comes over it."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec

_BLOCK = 65536
_opened: list["Stream"] = []


@dataclass(slots=True)
class StreamEvent:
    """What came between two blank lines."""

    id: str = ""
    event: str = ""
    data: Any = None
    retry: int | None = None
    comment: bool = False


@dataclass(slots=True)
class Stream:
    """An open stream. Reading raises TimeoutError where nothing comes, and ends where the stream does."""

    connection: socket.socket
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    last_id: str = ""
    ended: bool = False
    body: bytes = b""
    _raw: bytes = b""
    _text: bytes = b""

    def blocks(self, *, seconds: float = 10.0) -> Iterator[StreamEvent]:
        """Yield what comes, for so long as something comes within `seconds`."""
        self._unchunk()  # the first block may have come together with the head
        while True:
            while b"\n\n" in self._text:
                block, _, self._text = self._text.partition(b"\n\n")
                yield self._parsed(block)
            if self.ended:
                return
            self._more(seconds)

    def events(self, count: int, *, seconds: float = 10.0) -> list[dict[str, Any]]:
        """Return the next events' envelopes. Raises EOFError where the stream ends before."""
        got: list[dict[str, Any]] = []
        for block in self.blocks(seconds=seconds):
            if block.event:
                assert block.data["type"] == block.event
                got.append(block.data)
                if len(got) == count:
                    return got
        raise EOFError(f"{len(got)} of {count} events")

    def end(self, *, seconds: float) -> list[StreamEvent]:
        """Return what comes until the stream ends. Raises TimeoutError where it does not end."""
        deadline = time.monotonic() + seconds
        got = []
        for block in self.blocks(seconds=seconds):
            got.append(block)
            if time.monotonic() > deadline:
                raise TimeoutError
        return got

    def close(self) -> None:
        """Go away."""
        self.connection.close()

    def read_head(self) -> None:
        """Read status and headers, and the whole body of an answer that is no stream."""
        while b"\r\n\r\n" not in self._raw:
            self._raw += self._received(10.0)
        head, _, self._raw = self._raw.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        if "content-length" in self.headers:
            while len(self._raw) < int(self.headers["content-length"]):
                self._raw += self._received(10.0)
            self.body = self._raw

    def _received(self, seconds: float) -> bytes:
        self.connection.settimeout(seconds)
        got = self.connection.recv(_BLOCK)
        if not got:
            raise ConnectionResetError
        return got

    def _more(self, seconds: float) -> None:
        try:
            self._raw += self._received(seconds)
        except (ConnectionResetError, BrokenPipeError):
            self.ended = True
            return
        self._unchunk()

    def _unchunk(self) -> None:
        while b"\r\n" in self._raw:
            size, _, rest = self._raw.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                return
            self._text += rest[:length]
            self._raw = rest[length + 2 :]
            if length == 0:
                self.ended = True
                return

    def _parsed(self, block: bytes) -> StreamEvent:
        found = StreamEvent()
        for line in block.split(b"\n"):
            name, _, value = line.partition(b": ")
            match name:
                case b"id":
                    found.id = self.last_id = value.decode()
                case b"event":
                    found.event = value.decode()
                case b"data":
                    found.data = msgspec.json.decode(value)
                case b"retry":
                    found.retry = int(value)
                case _:
                    found.comment = line.startswith(b":")
        return found


def open_stream(
    base: str, token: str, query: str = "", *, last_id: str | None = None, receive_buffer: int | None = None
) -> Stream:
    """Ask for a stream and return it with its head read."""
    parts = urlsplit(base)
    connection = socket.socket()
    stream = Stream(connection)
    _opened.append(stream)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(10)
    connection.connect((parts.hostname, parts.port))
    lines = [
        f"GET /v1/events/stream{query and '?' + query} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: text/event-stream",
        *([f"Authorization: Bearer {token}"] if token else []),
        *([f"Last-Event-ID: {last_id}"] if last_id else []),
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    stream.read_head()
    return stream


def close_streams() -> None:
    """Close every stream that was opened."""
    while _opened:
        _opened.pop().close()
