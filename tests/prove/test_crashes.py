"""The database crashes while stock changes: nothing that was answered is lost, nothing is done twice, all is delivered."""

import base64
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.credentials import Principal
from sandbox.running import Running, current, ensure_running, stop
from sandbox.state_dir import StateDir
from tests.faults.webhooks.receiver import receiving
from tests.prove.report import write_report
from tests.support.commands import manage_elsewhere
from tests.support.stub_product import bare_environment

_ITEM = "/v1/inventory/SUP123/HOTSAUCE789"
_CRASHES = (signal.SIGQUIT, signal.SIGQUIT, signal.SIGKILL)  # twice `pg_ctl stop -m immediate`, once the server alone
_SALES = int(os.environ.get("PROVE_SALES", "400"))
_AWAY = {500, 502, 503, 504}


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Have the real system up, with a durable PostgreSQL of its own."""
    bare = bare_environment()
    for name in set(os.environ) - set(bare):
        monkeypatch.delenv(name)
    made = StateDir(tmp_path / "state")
    monkeypatch.setenv("STOCKWIRE_STATE_DIR", str(made.root))
    tmp_path.chmod(0o711)
    try:
        yield ensure_running(state_dir=made)
    finally:
        stop(made)


class Caller:
    """A client that tries again, with the same key, until it is answered."""

    def __init__(self, base: str, principal: Principal) -> None:
        self._base = base
        self.tries = 0
        pair = base64.b64encode(f"{principal.client_id}:{principal.client_secret}".encode()).decode()
        form = f"grant_type=client_credentials&scope={'+'.join(principal.scopes)}".encode()
        self._token = self._send("POST", "/oauth/token", form, {"Authorization": f"Basic {pair}"})["access_token"]

    def get(self, path: str) -> Any:
        """Return the answer."""
        return self._until_answered("GET", path, None, {})

    def post(self, path: str, body: Any, key: str) -> Any:
        """Return the answer of what was done, now or at an earlier try."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self._until_answered("POST", path, json.dumps(body).encode(), headers)

    def _until_answered(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        own = {**headers, "Authorization": f"Bearer {self._token}"}
        give_up_at = time.monotonic() + 60
        while True:
            self.tries += 1
            try:
                return self._send(method, path, body, own)
            except urllib.error.HTTPError as error:
                if error.code not in _AWAY or time.monotonic() > give_up_at:
                    raise
            except OSError:
                if time.monotonic() > give_up_at:
                    raise
            threading.Event().wait(0.05)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(self._base + path, body, headers, method=method)  # noqa: S310 -- our own server
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            return json.load(answer)


def _eventually(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    give_up_at = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < give_up_at
        pause.wait(0.1)


def test_a_database_that_crashes_loses_nothing_that_was_answered(system: Running) -> None:
    principal = system.credentials.first("supplier")
    assert principal is not None
    caller = Caller(system.base_url, principal)
    crash_at = {(number + 1) * _SALES // (len(_CRASHES) + 1): crash for number, crash in enumerate(_CRASHES)}
    started = time.perf_counter()
    with receiving() as receiver:
        hook = {"url": receiver.url(), "eventTypes": ["inventory.updated"], "strategy": "each"}
        secret = caller.post("/v1/webhooks", hook, "the-webhook")["secret"]
        before = caller.get(_ITEM)
        for number in range(_SALES):
            if number in crash_at:
                server = system.pid_of("postgres")
                assert server is not None
                os.kill(server, crash_at[number])
            caller.post(_ITEM, {"type": "sale", "quantity": 1}, f"sale-{number}")
        after = caller.get(_ITEM)
        expected = set(range(before["version"] + 1, after["version"] + 1))

        def came() -> set[int]:
            payloads = [request.verified(secret) for request in list(receiver.requests)]
            return {int(each["sequence"]) for each in payloads if each["subject"] == "SUP123/HOTSAUCE789"}

        _eventually(lambda: came() >= expected)
        requests = len(receiver.requests)
    assert before["inventoryLevel"] - after["inventoryLevel"] == _SALES == after["version"] - before["version"]
    books = manage_elsewhere("check_books", "--json")
    assert (books.code, json.loads(books.out)["balanced"]) == (0, True), books.err
    (server_now,) = (each for each in current(system.state_dir).state.processes if each.name == "postgres")
    assert server_now.restarts == len(_CRASHES)
    write_report(
        "database-crashes",
        said="PostgreSQL was ended at once three times, twice as by `pg_ctl stop -m immediate` and once by SIGKILL, while "
        "a supplier sold one piece after the other and tried again, with the same key, whatever was not answered. Every "
        "answered sale is in the books once, the books balance, and a webhook that wants every state got every one.",
        numbers={
            "crashes": len(_CRASHES),
            "sales answered": _SALES,
            "requests that this took": caller.tries,
            "sales booked": before["inventoryLevel"] - after["inventoryLevel"],
            "states that a webhook got": len(expected),
            "its requests": requests,
            "seconds": round(time.perf_counter() - started),
        },
    )
