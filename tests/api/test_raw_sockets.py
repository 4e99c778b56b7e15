"""What no client library sends, on a real socket to the real server: refused or cut off, never a 5xx, nothing written."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.api import TestTenant
from tests.support.digests import digest_of
from tests.support.processes import live_api
from tests.support.stock import Given

# How long a server may be silent before we take it that nothing more comes.
_SILENCE_SECONDS = 1.0
_SALE = b'{"type":"sale","quantity":1}'
_POST = b"POST /v1/inventory/S1/P1 HTTP/1.1\r\nHost: localhost\r\n"
_JSON = b"Content-Type: application/json\r\nIdempotency-Key: raw\r\n"


@pytest.fixture(scope="module")
def world(database_access: None) -> Iterator[tuple[str, TestTenant]]:
    """Return the address of the live API and a tenant with stock."""
    tenant = TestTenant("raw sockets")
    Given(tenant).stocked(10)
    before = digest_of(tenant.id)
    with live_api(workers=2) as base:
        yield base, tenant
    # Once more when the server has ended: a request that was cut off may have been under way.
    assert digest_of(tenant.id) == before


# Requests, with AUTH where the token goes; what may come back: statuses, or nothing where the server hangs up.
CASES: dict[str, tuple[bytes, set[int]]] = {
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {0, 400}),
    "no method": (b" /v1/products HTTP/1.1\r\nHost: localhost\r\n\r\n", {0, 400}),
    "a method of a thousand letters": (
        b"A" * 1000 + b" /v1/products HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
        {0, 400, 405},
    ),
    "no version": (b"GET /v1/products\r\n\r\n", {0, 400}),
    "a version to come": (b"GET /v1/products HTTP/9.9\r\nHost: localhost\r\n\r\n", {0, 400, 505}),
    "a bare CR in a header": (b"GET /v1/products HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\nAUTH\r\n", {0, 400}),
    "a NUL in a header": (b"GET /v1/products HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\nAUTH\r\n", {0, 400}),
    "a space before the colon": (b"GET /v1/products HTTP/1.1\r\nHost: localhost\r\nX : a\r\nAUTH\r\n", {0, 400}),
    "a folded header": (b"GET /v1/products HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\nAUTH\r\n", {0, 400}),
    "a header of a megabyte": (
        b"GET /v1/products HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 1_000_000 + b"\r\nAUTH\r\n",
        {0, 400, 431},
    ),
    "ten thousand headers": (
        b"GET /v1/products HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 10_000 + b"AUTH\r\n",
        {0, 400, 431},
    ),
    "an address of a hundred kilobytes": (
        b"GET /v1/products?" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
        {0, 400, 414},
    ),
    "half a percent": (b"GET /v1/products/%E0%A4%A HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n", {0, 400, 404}),
    "bare bytes in the address": (b"GET /v1/products/\xff\xfe HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n", {0, 400, 404}),
    "a space in the address": (b"GET /v1/products/a b HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n", {0, 400}),
    "an address of another server": (
        b"GET http://evil.example/v1/products/NONE HTTP/1.1\r\nHost: localhost\r\nAUTH\r\n",
        {0, 400, 404},
    ),
    "an authority for a target": (
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
        {0, 400, 404, 405},
    ),
    "an asterisk for a target": (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", {0, 400, 404, 405}),
    "two lengths": (
        _POST + _JSON + b"Content-Length: 28\r\nContent-Length: 5\r\nAUTH\r\n" + _SALE,
        {0, 400},
    ),
    "a negative length": (_POST + _JSON + b"Content-Length: -1\r\nAUTH\r\n" + _SALE, {0, 400}),
    "a length in words": (_POST + _JSON + b"Content-Length: many\r\nAUTH\r\n" + _SALE, {0, 400}),
    "a length of 20 digits": (
        _POST + _JSON + b"Content-Length: 99999999999999999999\r\nAUTH\r\n" + _SALE,
        {0, 400, 413},
    ),
    "a broken chunk": (
        _POST + _JSON + b"Transfer-Encoding: chunked\r\nAUTH\r\nzz\r\n" + _SALE + b"\r\n0\r\n\r\n",
        {0, 400},
    ),
    "a chunk too short": (
        _POST + _JSON + b"Transfer-Encoding: chunked\r\nAUTH\r\n3\r\n" + _SALE + b"\r\n0\r\n\r\n",
        {0, 400},
    ),
    "another transfer encoding": (_POST + _JSON + b"Transfer-Encoding: gzip\r\nAUTH\r\n" + _SALE, {0, 400, 501}),
    "less than was announced": (_POST + _JSON + b"Content-Length: 100\r\nAUTH\r\n" + _SALE, {0, 400}),
    "chunks without an end": (
        _POST + _JSON + b"Transfer-Encoding: chunked\r\nAUTH\r\n1c\r\n" + _SALE + b"\r\n",
        {0, 400},
    ),
    "HTTP/1.0 without a token": (b"GET /v1/products HTTP/1.0\r\n\r\n", {400, 401}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_or_cut_off_and_writes_nothing(world: tuple[str, TestTenant], name: str) -> None:
    base, tenant = world
    request, statuses = CASES[name]
    before = digest_of(tenant.id)
    auth = b"Connection: close\r\nAuthorization: Bearer " + tenant.operator.token.encode() + b"\r\n"
    answers = _exchange(base, request.replace(b"AUTH", auth))
    got = [int(answer.split(b" ", 2)[1]) for answer in answers] or [0]
    assert set(got) <= statuses, answers[:1]
    assert digest_of(tenant.id) == before


def test_length_and_chunks_together_smuggle_nothing(world: tuple[str, TestTenant]) -> None:
    base, tenant = world
    auth = b"Authorization: Bearer " + tenant.operator.token.encode() + b"\r\n"
    hidden = _POST + _JSON.replace(b"raw", b"smuggled") + auth + b"Content-Length: 28\r\n\r\n" + _SALE
    outer = b"GET /v1/products HTTP/1.1\r\nHost: localhost\r\n" + auth
    outer += b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    before = digest_of(tenant.id)
    # Where chunks win, the second request stands on the connection as its own; it is this caller's, and is answered.
    answers = _exchange(base, outer + hidden.replace(b"/P1", b"/NONE"))
    assert all(not answer.split(b" ", 2)[1].startswith(b"5") for answer in answers)
    assert digest_of(tenant.id) == before


def test_pipelined_requests_are_answered_in_order(world: tuple[str, TestTenant]) -> None:
    base, tenant = world
    auth = b"Authorization: Bearer " + tenant.operator.token.encode() + b"\r\n"
    paths = (b"/v1/products/P1", b"/v1/products/NONE", b"/v1/suppliers/S1", b"/healthz")
    request = b"".join(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + auth + b"\r\n" for path in paths)
    statuses = [int(answer.split(b" ", 2)[1]) for answer in _exchange(base, request)]
    assert statuses == [200, 404, 200, 200]


def test_the_server_still_serves(world: tuple[str, TestTenant]) -> None:
    (answer,) = _exchange(world[0], b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


def _exchange(base: str, request: bytes) -> list[bytes]:
    """Send bytes and return the answers, until the server hangs up or says nothing more."""
    address: Any = urlsplit(base)
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=_SILENCE_SECONDS) as connection:
        try:
            connection.sendall(request)
            while chunk := connection.recv(65536):
                received += chunk
        except OSError:
            pass  # hung up on, or silent: what came before it counts
    return [b"HTTP/1." + part for part in received.split(b"HTTP/1.")[1:]]
