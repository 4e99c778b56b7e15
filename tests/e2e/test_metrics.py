"""Metrics of real processes: workers of one API server share theirs, a dispatcher serves its own."""

import os
import signal
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.embedded.ports import first_free_port
from sandbox.processes.identity import children_of, command_of
from tests.support.metrics import families, value
from tests.support.processes import child, live_api

_TOKEN = "a-token-of-forty-characters-or-more-than-that"


def _get(url: str, token: str = _TOKEN) -> str:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 -- our own server
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 -- our own server
        return str(answer.read().decode())


def _health(base: str) -> int:
    with urllib.request.urlopen(f"{base}/healthz", timeout=5) as answer:  # noqa: S310 -- our own server
        return int(answer.status)


def _counted(text: str) -> float:
    return value(text, "stockwire_requests_total", method="GET", route="healthz", status="200")


def test_a_scrape_of_any_worker_tells_of_all_also_after_one_was_killed() -> None:
    with live_api(workers=2, env={"METRICS_TOKEN": _TOKEN}) as base:
        before = _counted(_get(f"{base}/metrics"))  # the start asked for its health
        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(_health, [base] * 200)) == {200}
        assert {_counted(_get(f"{base}/metrics")) - before for _ in range(10)} == {200}
        port = base.rpartition(":")[2]
        (server,) = [pid for pid in children_of(os.getpid()) if {"granian", port} <= set(command_of(pid).split())]
        os.kill(children_of(server)[-1], signal.SIGKILL)
        pause = threading.Event()
        for _ in range(200):
            try:
                after = _counted(_get(f"{base}/metrics"))
                break
            except OSError:
                pause.wait(0.05)
        assert after - before == 200


def test_a_dispatcher_serves_its_own_metrics() -> None:
    port = first_free_port(30_700)
    url = f"http://127.0.0.1:{port}/metrics"
    env = {"METRICS_LISTEN": f"127.0.0.1:{port}", "METRICS_TOKEN": _TOKEN}
    with child(("python", "manage.py", "dispatch"), env=env):
        pause = threading.Event()
        for _ in range(200):
            try:
                text = _get(url)
                break
            except urllib.error.URLError:
                pause.wait(0.05)
        assert families(text)["stockwire_webhook_attempts_total"] == "counter"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            _get(url, token="another")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _get(url.replace("/metrics", "/elsewhere"))
