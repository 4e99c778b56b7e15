"""Single requests to a server on loopback, for everything that is not timed."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from bench.errors import BenchFailed
from sandbox.embedded.ports import LOOPBACK

_TIMEOUT_SECONDS = 60.0
_plain = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> "object":
        """Return the body's value."""
        return _plain.decode(self.body)


def ask(
    port: int,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    expect: int = 200,
) -> Got:
    """Send one request and return its answer; raises BenchFailed for another status than `expect`."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        got = Got(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()
    if got.status != expect:
        raise BenchFailed(f"{method} {path} answered {got.status}, not {expect}: {got.body[:500]!r}")
    return got
