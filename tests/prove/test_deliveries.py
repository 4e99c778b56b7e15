"""Deliveries for as long as it takes: dispatchers killed a hundred times, and twenty minutes without growing."""

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings

from tests.factories.master_data import make_product, make_supplier, make_warehouse
from tests.faults.webhooks.receiver import Received, Receiver, receiving
from tests.prove.report import write_report
from tests.support.api import ApiClient, TestTenant
from tests.support.processes import child

_DISPATCH = ("python", "manage.py", "dispatch")
_FAST = {"DJANGO_SETTINGS_MODULE": "tests.faults.webhooks.fast_settings"}
_KILLS = int(os.environ.get("PROVE_KILLS", "120"))
_DELIVERIES = int(os.environ.get("PROVE_DELIVERIES", "20000"))
_SOAK_SECONDS = float(os.environ.get("PROVE_SOAK_SECONDS", "1200"))
_DISPATCHERS = 3
_WAITING = 500
_PRODUCTS = 100
# Three of them want every event; of the states of an item the fourth gets only what was newest.
_STRATEGIES = {"/each0": "each", "/each1": "each", "/batch": "batch", "/ordered": "ordered", "/latest": "latest"}
_WHOLE = ("/each0", "/each1", "/ordered")
_TABLES = ("webhooks_delivery", "webhooks_lane", "outbox_outboxmessage")


class Trade:
    """A tenant with items that change, and webhooks of every strategy."""

    def __init__(self, tenant: TestTenant, receiver: Receiver) -> None:
        self.tenant, self.receiver = tenant, receiver
        self.version: Counter[str] = Counter()
        self.secrets: dict[str, str] = {}
        make_supplier(tenant, "S1")
        make_warehouse(tenant, "W1")
        for number in range(_PRODUCTS):
            make_product(tenant, f"P{number}")
        for path, strategy in _STRATEGIES.items():
            # One at a time is slow: the ordered one hears of a twentieth.
            filters = {"productId": [f"P{number}" for number in range(5)]} if strategy == "ordered" else {}
            body = {"url": receiver.url(path), "eventTypes": ["inventory.updated"], "strategy": strategy}
            made = tenant.operator.post("/v1/webhooks", {**body, "filters": filters})
            assert made.status == 201, made.json
            self.secrets[path] = made.json["secret"]

    def change(self, client: ApiClient, count: int) -> None:
        """Change `count` items, in one list."""
        chosen = [f"P{random.randrange(_PRODUCTS)}" for _ in range(count)]
        lines = [
            {"type": "receipt", "quantity": 1, "supplierId": "S1", "productId": each, "warehouseLocation": "W1"}
            for each in chosen
        ]
        answer = client.post("/v1/inventory/batch", {"items": lines}, key=f"list-{time.time_ns()}")
        assert answer.status == 200, answer.json
        self.version.update(f"S1/{each}" for each in chosen)

    def is_whole(self) -> bool:
        """Tell whether every webhook has what it must have in the end."""
        newest = _newest_by_path(self.events())
        wanted = {path: dict(self.version) for path in _STRATEGIES}
        wanted["/ordered"] = {f"S1/P{n}": self.version[f"S1/P{n}"] for n in range(5) if self.version[f"S1/P{n}"]}
        return newest == wanted

    def events(self) -> list[tuple[str, str, int, str]]:
        """Return path, subject, sequence and event id of everything that came, each verified."""
        return [
            (request.path, event["subject"], int(event["sequence"]), event["id"])
            for request in list(self.receiver.requests)
            for event in _events_in(request, self.secrets[request.path])
        ]


def _events_in(request: Received, secret: str) -> list[dict[str, Any]]:
    payload = request.verified(secret)
    batched: list[dict[str, Any]] = payload["data"]["events"] if payload["type"] == "batch" else [payload]
    return batched


def _newest_by_path(events: list[tuple[str, str, int, str]]) -> dict[str, dict[str, int]]:
    """Return what receivers have stored that ignore what is not above what they have."""
    stored: dict[str, dict[str, int]] = {path: {} for path in _STRATEGIES}
    for path, subject, sequence, _ in events:
        stored[path][subject] = max(sequence, stored[path].get(subject, 0))
    return stored


@contextmanager
def _killing(receiver: Receiver, kills: list[int]) -> Iterator[None]:
    """Keep dispatchers running, and kill one of them again and again, each time in the middle of deliveries."""
    over = threading.Event()

    def work() -> None:
        with ExitStack() as stack:
            alive = [stack.enter_context(child(_DISPATCH, env=_FAST)) for _ in range(_DISPATCHERS)]
            kill_at = 0
            while not over.wait(0.01):
                if len(receiver.requests) < kill_at:
                    continue
                victim = alive.pop(random.randrange(_DISPATCHERS))
                victim.kill()
                kills.append(victim.pid)
                alive.append(stack.enter_context(child(_DISPATCH, env=_FAST)))
                kill_at = len(receiver.requests) + random.randrange(2 * _DELIVERIES // _KILLS)

    thread = threading.Thread(target=work, name="killer")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(120)


@pytest.fixture
def trade(tenant: TestTenant) -> Iterator[Trade]:
    with receiving() as receiver:
        yield Trade(tenant, receiver)


def test_dispatchers_are_killed_and_nothing_is_lost(trade: Trade) -> None:
    kills: list[int] = []
    started = time.perf_counter()
    with _killing(trade.receiver, kills):
        while len(kills) < _KILLS or len(trade.receiver.requests) < _DELIVERIES:
            trade.change(trade.tenant.operator, 25)
            # Two webhooks want each change: no more waits for them than a few kills interrupt.
            wanted = 2 * sum(trade.version.values()) - _WAITING
            _eventually(lambda: len(trade.receiver.requests) >= wanted)  # noqa: B023 -- called at once
            assert time.perf_counter() - started < 840  # the token's life: the run is too slow
    with child(_DISPATCH, env=_FAST):
        _eventually(trade.is_whole, every=0.5)
    events = trade.events()
    for path in _WHOLE:
        came = {(subject, sequence) for each, subject, sequence, _ in events if each == path}
        subjects = {subject for subject, _ in came}
        assert came == {(s, n) for s in subjects for n in range(1, trade.version[s] + 1)}, path
    duplicates = len(events) - len({(path, event_id) for path, _, _, event_id in events})
    # What was in flight at a kill may come again: the cap of each lane, twice, because results wait to be written.
    bound = len(kills) * (2 * 32 * 4 + 100)
    assert duplicates <= bound
    overtaken = _stale_without_the_rule(events)
    write_report(
        "deliveries-under-kill",
        said="Dispatchers were killed by SIGKILL again and again while stock changed. Every webhook that wants each state "
        "of an item got each; every other the newest; a receiver that keeps the sequence rule ended with the truth.",
        numbers={
            "processes killed": len(kills),
            "requests": len(trade.receiver.requests),
            "events received": len(events),
            "events lost": 0,
            "duplicates": duplicates,
            "duplicates allowed": bound,
            "older states that the sequence rule ignored": overtaken,
            "seconds": round(time.perf_counter() - started),
        },
    )


def _stale_without_the_rule(events: list[tuple[str, str, int, str]]) -> int:
    newest: dict[tuple[str, str], int] = {}
    stale = 0
    for path, subject, sequence, _ in events:
        stale += sequence < newest.get((path, subject), 0)
        newest[path, subject] = max(sequence, newest.get((path, subject), 0))
    return stale


def _eventually(condition: Callable[[], bool], *, every: float = 0.01, seconds: float = 120.0) -> None:
    give_up_at = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < give_up_at, "events are missing"
        pause.wait(every)


def test_twenty_minutes_leave_the_tables_as_small_as_they_were(trade: Trade) -> None:
    sizes: list[dict[str, int]] = []
    delays: list[float] = []
    stored: dict[str, int] = {}  # what the fourth receiver has of each item
    started = time.perf_counter()
    looked = 0.0
    client = trade.tenant.operator
    with child(_DISPATCH):
        while (passed := time.perf_counter() - started) < _SOAK_SECONDS:
            trade.change(client, 10)
            time.sleep(0.2)  # the load: fifty changes a second
            if passed - looked >= _SOAK_SECONDS / 20:
                looked = passed
                sizes.append(_sizes())
                client = ApiClient(client.credentials)  # a token lives for 15 minutes
                requests = trade.receiver.requests
                delays += [_delay(each) for each in requests if each.path == "/latest"]
                if _SOAK_SECONDS / 20 < passed < _SOAK_SECONDS * 0.9:
                    came = requests[:]
                    del requests[: len(came)]
                    stored = _newest_of(came, trade.secrets["/latest"], stored)
        _eventually(
            lambda: _newest_of(trade.receiver.requests, trade.secrets["/latest"], stored) == trade.version, every=0.5
        )
    settled = sizes[len(sizes) // 4 :]
    growth = {name: round(settled[-1][name] / max(settled[0][name], 1), 2) for name in _TABLES}
    assert max(growth.values()) <= 2.0, sizes
    delays.sort()
    write_report(
        "deliveries-soak",
        said="Stock changed fifty times a second, and five webhooks of every strategy heard of it. The tables that only "
        "hold what is under way are compared after a quarter of the time and at its end.",
        numbers={
            "seconds": round(time.perf_counter() - started),
            "changes": sum(trade.version.values()),
            "commit to receive, p50 (ms)": round(delays[len(delays) // 2] * 1000, 1),
            "commit to receive, p99 (ms)": round(delays[len(delays) * 99 // 100] * 1000, 1),
            **{f"{name}: end ÷ a quarter in (bytes)": ratio for name, ratio in growth.items()},
            **{f"{name} at the end (KiB)": settled[-1][name] // 1024 for name in _TABLES},
        },
    )


def _newest_of(requests: Sequence[Received], secret: str, stored: dict[str, int]) -> dict[str, int]:
    """Return the newest state of each item: of what was stored, and of what came for `latest`."""
    newest = dict(stored)
    for request in list(requests):
        if request.path == "/latest":
            event = request.verified(secret)
            newest[event["subject"]] = max(int(event["sequence"]), newest.get(event["subject"], 0))
    return newest


def _delay(request: Received) -> float:
    return request.at - datetime.fromisoformat(json.loads(request.body)["time"]).timestamp()


def _sizes() -> dict[str, int]:
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        return {
            name: connection.execute("SELECT pg_total_relation_size(%s::regclass)", [name]).fetchone()[0]  # type: ignore[index]
            for name in _TABLES
        }
