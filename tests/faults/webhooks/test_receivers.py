"""Whatever a receiver does: its own delivery fails or succeeds, is told of truthfully, and nobody else waits for it."""

import contextlib
import gzip
import random
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.faults.webhooks.conftest import Shop
from tests.support.processes import child

Answer = Callable[[socket.socket], None]

_DISPATCH = ("python", "manage.py", "dispatch")
_FAST = {"DJANGO_SETTINGS_MODULE": "tests.faults.webhooks.fast_settings"}
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_MEGABYTE = 1024 * 1024


def _saying(*parts: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return answer


def _resetting(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by RST


def _flooding(connection: socket.socket) -> None:
    while True:  # until the sender has closed
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        time.sleep(0.001)  # paced: at full speed it would starve the other receivers, threads of this process


# What each answers, and what its log says: the outcome, the status that came, and how the error begins.
_ANSWERS: dict[str, tuple[Answer, tuple[str, int | None, str | None]]] = {
    "/no-content": (_saying(b"HTTP/1.1 204 No Content\r\n\r\n"), ("succeeded", 204, None)),
    "/accepted": (_saying(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"), ("succeeded", 202, None)),
    "/http-1.0": (_saying(b"HTTP/1.0 200 OK\r\n\r\nok"), ("succeeded", 200, None)),
    "/closes": (_saying(), ("failed", None, "ServerDisconnectedError")),
    "/resets": (_resetting, ("failed", None, "Client")),
    "/is-cut-off": (
        _saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
        ("failed", None, "ClientPayloadError"),
    ),
    "/speaks-smtp": (_saying(b"220 mail.example.com ESMTP\r\n"), ("failed", None, "ClientResponseError: 400")),
    "/large-headers": (
        _saying(b"HTTP/1.1 200 OK\r\nX-Filler: ", *[b"x" * _MEGABYTE] * 10, b"\r\n\r\n"),
        ("failed", None, "ClientResponseError: 400"),
    ),
    "/many-headers": (
        _saying(b"HTTP/1.1 200 OK\r\n", *[b"X-Filler: x\r\n" * 80_000] * 10, b"\r\n"),
        ("failed", None, "ClientResponseError: 400"),
    ),
    "/continues-forever": (_flooding, ("failed", None, "No complete answer within 0.75 s.")),
    "/bomb": (
        _saying(
            b"HTTP/1.1 500 Oops\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n",
            gzip.compress(b"0" * 100 * _MEGABYTE),
        ),
        ("failed", 500, "The receiver answered 500."),
    ),
    "/asks-for-years": (
        _saying(b"HTTP/1.1 429 Slow\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n"),
        ("failed", 429, "The receiver answered 429."),
    ),
    "/asks-for-nonsense": (
        _saying(b"HTTP/1.1 503 No\r\nRetry-After: \xffsoon\r\nContent-Length: 0\r\n\r\n"),
        ("failed", 503, "The receiver answered 503."),
    ),
    "/switches": (
        _saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
        ("failed", 101, "The receiver answered 101."),
    ),
}


def _answer(connection: socket.socket) -> None:
    answer, _ = _ANSWERS[_head(connection).split()[1].decode()]
    answer(connection)


def _answer_well(connection: socket.socket) -> None:
    _head(connection)
    connection.sendall(_OK)


def _head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionResetError
        head += piece
    return head


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


@contextmanager
def _listening(serve: Answer, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve raw connections for the length of the block, each in a thread of its own; yields the port."""

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # The sender may leave whenever it has heard enough, or sees a certificate that it does not trust.
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                with connection:
                    serve(connection)

    with _server(Connection) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="raw receiver")
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)


def _server(connection: type[socketserver.BaseRequestHandler]) -> _Server:
    for port in random.sample(range(20_000, 27_000), 50):
        try:
            return _Server(("127.0.0.1", port), connection)
        except OSError:
            continue  # taken: another
    raise RuntimeError("no free port")


def _first(shop: Shop, webhook: dict[str, Any]) -> tuple[str, int | None, str | None]:
    first = shop.wait_for_log(webhook, lambda log: len(log) >= 1)[0]
    return first["status"], first["responseStatus"], first["error"]


def test_every_answer_is_told_of_as_it_was(shop: Shop) -> None:
    with _listening(_answer) as port, child(_DISPATCH, env=_FAST):
        made = {path: shop.subscribe(url=f"http://127.0.0.1:{port}{path}") for path in _ANSWERS}
        healthy = shop.subscribe()
        shop.receive()
        found = {path: _first(shop, webhook) for path, webhook in made.items()}
        kept = {path: shop.deliveries(webhook)[0]["answer"] for path, webhook in made.items()}
    for path, (_, (status, response_status, error)) in _ANSWERS.items():
        said = found[path]
        assert (path, *said[:2]) == (path, status, response_status), said
        assert (said[2] or "").startswith(error or ""), said
        assert (said[2] is None) == (error is None), said
    assert _first(shop, healthy) == ("succeeded", 200, None)
    assert len(kept["/bomb"]) <= 2048  # as it came, never unpacked


@pytest.mark.usefixtures("dispatcher")
def test_nobody_at_home_is_a_failure_and_the_next_try_finds_who_came_back(shop: Shop) -> None:
    with _listening(_answer_well) as port:
        webhook = shop.subscribe(url=f"http://127.0.0.1:{port}/")
        shop.receive("P1")
        assert _first(shop, webhook) == ("succeeded", 200, None)
    shop.receive("P2")
    log = shop.wait_for_log(webhook, lambda log: len(log) >= 2)
    assert (log[1]["status"], log[1]["error"].startswith("ClientConnectorError")) == ("failed", True)
    shop.receiver.requests.clear()
    found = shop.tenant.operator.get(f"/v1/webhooks/{webhook['webhookId']}").json
    path = f"/v1/webhooks/{webhook['webhookId']}"
    moved = shop.tenant.operator.patch(path, {"url": shop.receiver.url("/again"), "version": found["version"]})
    assert moved.status == 200, moved.json
    (request,) = shop.receiver.wait_for(1, path="/again")
    assert request.verified(webhook["secret"])["subject"] == "S1/P2"


@pytest.mark.usefixtures("dispatcher")
def test_a_connection_closed_while_it_was_kept_costs_no_attempt(shop: Shop) -> None:
    """The sender keeps the connection; the receiver closes it when the next request is under way."""
    served: list[int] = []

    def serve(connection: socket.socket) -> None:
        _answer_well(connection)
        served.append(1)
        connection.recv(1)  # the second request has begun

    with _listening(serve) as port:
        webhook = shop.subscribe(url=f"http://127.0.0.1:{port}/")
        log: list[dict[str, Any]] = []
        for _ in range(3):
            shop.receive()
            log = shop.wait_for_log(webhook, lambda now: len(now) > len(log))  # noqa: B023 -- called at once
    assert [(each["status"], each["attempt"]) for each in log] == [("succeeded", 1)] * 3
    assert len(served) == 3


def test_a_certificate_that_is_not_the_receiver_s_is_a_failure(shop: Shop, tmp_path: Path) -> None:
    ours, other = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    past = datetime.now(UTC) - timedelta(days=1)
    certificates = {
        "good": (ours.issue_cert("localhost"), None),
        "expired": (ours.issue_cert("localhost", not_after=past), "certificate has expired"),
        "of another host": (ours.issue_cert("shop.example.com"), "Hostname mismatch"),
        "of another authority": (other.issue_cert("localhost"), "certificate verify failed"),
    }
    with ExitStack() as stack:
        made = {}
        for name, (certificate, _) in certificates.items():
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(tls)
            port = stack.enter_context(_listening(_answer_well, tls=tls))
            made[name] = shop.subscribe(url=f"https://localhost:{port}/")
        trusting = {**_FAST, "SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        stack.enter_context(child(_DISPATCH, env=trusting))
        shop.receive()
        found = {name: _first(shop, webhook) for name, webhook in made.items()}
    assert found.pop("good") == ("succeeded", 200, None)
    for name, (status, response_status, error) in found.items():
        assert (name, status, response_status) == (name, "failed", None)
        assert (certificates[name][1] or "") in (error or ""), error
