"""SIGTERM to a loaded API: whoever was answered stands in the ledger, whoever was not may ask again, once."""

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.embedded.ports import first_free_port
from sandbox.supervisor.health import why_not_healthy
from tests.support.api import TestTenant
from tests.support.containers import dockerfile_words, path_of_this_python
from tests.support.processes import child
from tests.support.stock import Given

_CALLERS = 24
_ANSWERED_BEFORE = 150
_DRAIN_SECONDS = 20


class _Till:
    """What the callers have sent and heard, and the moment to end the server."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.answered: dict[str, str] = {}
        self.other: list[tuple[str, int]] = []
        self._changed = threading.Condition()
        self.closing = threading.Event()

    def wait(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.answered) >= count, 60)

    def send(self, key: str) -> None:
        with self._changed:
            self.sent.add(key)

    def hear(self, key: str, status: int, body: bytes) -> None:
        with self._changed:
            if status == 201:
                self.answered[key] = json.loads(body)["transactions"][0]["transactionId"]
            else:
                self.other.append((key, status))
            self._changed.notify_all()


def _keep_posting(port: int, token: str, caller: int, till: _Till) -> None:
    """Post until the server is gone: a connection of its own, a key of its own for each request."""
    body = json.dumps({"type": "receipt", "quantity": 1, "warehouseLocation": "W1"})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(100_000):
        key = f"{caller}-{number}"
        till.send(key)
        try:
            connection.request("POST", "/v1/inventory/S1/P1", body, {**headers, "Idempotency-Key": key})
            answer = connection.getresponse()
            till.hear(key, answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            if till.closing.is_set():
                return


@contextmanager
def _server(port: int, scratch: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the API by the image's own words; its log is `scratch / "api.log"`."""
    words = tuple(word.replace("8000", str(port)) for word in dockerfile_words("CMD"))
    with child(words, env={**path_of_this_python(), "TMPDIR": str(scratch)}, log=scratch / "api.log") as server:
        yield server.process


def _wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(800):
        if is_so():
            return
        pause.wait(0.025)
    pytest.fail("not within 20 s")


@pytest.fixture
def port(tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Serve the API and yield its port and process."""
    free = first_free_port(30_600)
    with _server(free, tmp_path) as process:
        _wait_until(lambda: why_not_healthy(f"http://127.0.0.1:{free}") is None)
        yield free, process


def test_sigterm_under_load_loses_nothing_and_ends_in_time(
    tenant: TestTenant, port: tuple[int, "subprocess.Popen[bytes]"]
) -> None:
    number, server = port
    item = Given(tenant).item()
    token, till = tenant.operator.token, _Till()
    with ThreadPoolExecutor(_CALLERS) as pool:
        posting = [pool.submit(_keep_posting, number, token, caller, till) for caller in range(_CALLERS)]
        till.wait(_ANSWERED_BEFORE)
        till.closing.set()
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(_DRAIN_SECONDS) == 0
        for each in posting:
            each.result()

    unanswered = till.sent - set(till.answered)
    booked = _booked(tenant)
    assert till.other == []
    assert set(till.answered.values()) <= booked
    again = {key: item.post("receipt", 1, warehouseLocation="W1", key=key) for key in unanswered}
    assert {answer.status for answer in again.values()} <= {201}
    replayed = [answer for answer in again.values() if answer.headers.get("Idempotent-Replayed") == "true"]
    assert len(replayed) == len(booked) - len(till.answered)  # committed, and its answer lost: told now, not repeated
    assert item.balances[0] == len(till.sent)
    assert len(_booked(tenant)) == len(till.sent)


def test_sigterm_ends_workers_that_are_still_loading(tmp_path: Path) -> None:
    """Their server's handlers, inherited by fork, swallowed it: each start that was called off took the kill timeout."""
    with _server(first_free_port(30_600), tmp_path) as process:
        _wait_until(lambda: _workers_that_began_to_load(process.pid) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(_DRAIN_SECONDS) == 0
    log = (tmp_path / "api.log").read_text(encoding="utf-8")
    assert "Stopped worker-2" in log
    assert "Killing worker" not in log


def _workers_that_began_to_load(server: int) -> int:
    """Count the workers that hold the lock of their metrics: the first thing that loading takes."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
    return sum(any(_target(fd).endswith("/lock") for fd in Path(f"/proc/{pid}/fd").iterdir()) for pid in children)


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # closed since it was listed
        return ""


def _booked(tenant: TestTenant) -> set[str]:
    """Return the id of every line of the tenant's ledger."""
    found: set[str] = set()
    path: str | None = "/v1/inventory/transactions?pageSize=200"
    while path is not None:
        page = tenant.operator.get(path).json
        found |= {row["transactionId"] for row in page["data"]}
        token = page["nextPageToken"]
        path = f"/v1/inventory/transactions?pageSize=200&pageToken={token}" if token else None
    return found
