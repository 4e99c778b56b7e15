"""What the generator is to send, and what it saw: plain values, JSON between two processes."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

# What stands before the place of an idempotency key's header, and what stands after it.
Request: TypeAlias = tuple[str, str]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Requests for one server on loopback, sent in a shuffled order, over and over.

    Each connection sends its next one when it has the answer. With `keyed` every request has a key of its own.
    """

    port: int
    connections: int
    seconds: float
    warm_up_seconds: float
    requests: list[Request]
    keyed: bool = False


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """`answers` counts every answer by its status, those before and after the window too; the rest is the window's."""

    answers: dict[int, int]
    broken: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float


def request(method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Request:
    """Return one request of HTTP/1.1."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is None:
        return "\r\n".join(lines), "\r\n\r\n"
    rest = f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body.decode()}"
    return "\r\n".join(lines), rest
