"""What may die: a dispatcher, Redis, both of two dispatchers' manners. Nothing is lost."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from aiohttp import web
from django.conf import settings as django_settings
from pytest_django import Settings

from apps.outbox.domain.relay import RelayConnection
from apps.outbox.unit_of_work import as_tenant
from apps.webhooks.domain import links
from apps.webhooks.domain.claims import claim_deliveries, complete_deliveries
from apps.webhooks.domain.links import ClocksDifferError
from apps.webhooks.models import WebhookSecret
from apps.webhooks.types import Result
from sandbox.embedded.discovery import find_valkey
from sandbox.embedded.ports import first_free_port
from tests.faults.webhooks.conftest import Shop, dispatching
from tests.faults.webhooks.receiver import Handler, Received, Receiver, holding_back
from tests.support.processes import child
from tests.support.stock import relay_and_fan_out

_FAST = {"DJANGO_SETTINGS_MODULE": "tests.faults.webhooks.fast_settings"}
_DISPATCH = ("python", "manage.py", "dispatch")


def _products(shop: Shop, count: int) -> list[str]:
    names = [f"K{number}" for number in range(count)]
    for name in names:
        body = {"productId": name, "sku": name, "name": name}
        assert shop.tenant.operator.post("/v1/products", body).status == 201
    return names


def _newest(shop: Shop) -> dict[str, int]:
    """Return what a correct receiver has stored: the highest sequence of each subject."""
    stored: dict[str, int] = {}
    for request in list(shop.receiver.requests):
        event = json.loads(request.body)
        stored[event["subject"]] = max(stored.get(event["subject"], 0), int(event["sequence"]))
    return stored


def _in_flight(shop: Shop) -> int:
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        row = connection.execute(
            "SELECT count(*) FROM webhooks_delivery WHERE state = 1 AND tenant_id = %s", [shop.tenant.id]
        ).fetchone()
    return row[0] if row else 0


async def _slowly(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(0.1)
    return web.Response()


def _killing(receiver: Receiver, victim: int, kill_at: int) -> Handler:
    """Answer slowly, and kill the sender when the receiver's request number `kill_at` has come: none of it answered."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if len(receiver.requests) >= kill_at:
            receiver.handler = _slowly
            os.kill(victim, signal.SIGKILL)
        return await _slowly(request)

    return answer


def test_a_dispatcher_killed_in_the_middle_loses_nothing(shop: Shop) -> None:
    shop.subscribe()
    products = _products(shop, 60)
    for product in products:
        shop.receive(product)
    for kill_at in (5, 20, 35):
        with child(_DISPATCH, env=_FAST) as victim:
            shop.receiver.handler = _killing(shop.receiver, victim.pid, kill_at)
            assert victim.process.wait(30) == -signal.SIGKILL
        assert _in_flight(shop) > 0
    with child(_DISPATCH, env=_FAST):
        shop.receiver.wait_until(lambda found: len({json.loads(each.body)["subject"] for each in found}) == 60)
    assert _newest(shop) == {f"S1/{product}": 1 for product in products}
    # What was in flight at a kill may come twice: at most the lane's cap and as many not yet reported.
    assert len(shop.receiver.requests) - 60 <= 3 * 2 * 16


def test_what_was_sent_but_not_marked_comes_again_under_the_same_id(shop: Shop) -> None:
    """A worker dies between the send and the mark: the event is lost, or comes as a new one that is applied twice."""
    answer = threading.Event()
    shop.receiver.handler = holding_back(answer)
    webhook = shop.subscribe()
    with child(_DISPATCH, env=_FAST) as victim:
        shop.receive()
        shop.receiver.wait_for(1)
        assert _in_flight(shop) == 1
        os.kill(victim.pid, signal.SIGKILL)
        victim.process.wait(10)
    answer.set()
    with child(_DISPATCH, env=_FAST):
        first, again = shop.receiver.wait_for(2)
        shop.wait_for_log(webhook, lambda log: log[-1:] != [] and log[-1]["status"] == "succeeded")
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    assert again.verified(webhook["secret"]) == first.verified(webhook["secret"])
    assert (len(shop.receiver.requests), shop.deliveries(webhook, "pending")) == (2, [])


def test_sigterm_drains_and_releases_what_hangs_at_once(shop: Shop) -> None:
    release = threading.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        if not release.is_set():
            await asyncio.sleep(30)
        return web.Response()

    shop.receiver.handler = hang
    webhook = shop.subscribe()
    with child(_DISPATCH, env={"DJANGO_SETTINGS_MODULE": "tests.faults.webhooks.draining_settings"}) as first:
        shop.receive()
        shop.receiver.wait_for(1)
        os.kill(first.pid, signal.SIGTERM)
        assert first.process.wait(20) == 0
    (waiting,) = shop.deliveries(webhook, "pending")
    assert waiting["attempt"] == 0  # released: not counted, not waiting for the lease of 25 s
    assert _in_flight(shop) == 0
    release.set()
    with child(_DISPATCH, env=_FAST):
        shop.receiver.wait_for(2, seconds=20)  # before the lease would end


def test_sigterm_lets_what_is_under_way_arrive_and_nothing_comes_twice(shop: Shop) -> None:
    shop.receiver.handler = _slowly
    shop.subscribe()
    products = _products(shop, 60)
    for product in products:
        shop.receive(product)
    with child(_DISPATCH, env=_FAST) as first:
        shop.receiver.wait_for(5)
        os.kill(first.pid, signal.SIGTERM)
        assert first.process.wait(20) == 0
    assert _in_flight(shop) == 0
    assert len(shop.receiver.requests) < 60
    with child(_DISPATCH, env=_FAST):
        shop.receiver.wait_for(60)
        arrived = Counter(json.loads(each.body)["subject"] for each in shop.receiver.requests)
    assert arrived == {f"S1/{product}": 1 for product in products}


def test_two_dispatchers_share_the_work_without_duplicates(shop: Shop) -> None:
    for path in ("/a", "/b", "/c"):
        shop.subscribe(path)
    products = _products(shop, 20)
    with child(_DISPATCH, env=_FAST), child(_DISPATCH, env=_FAST):
        for _ in range(5):
            for product in products:
                shop.receive(product)

        def done(found: list[Received]) -> bool:
            newest = Counter[tuple[str, str]]()
            for each in found:
                event = json.loads(each.body)
                newest[each.path, event["subject"]] = max(newest[each.path, event["subject"]], int(event["sequence"]))
            return len(newest) == 60 and set(newest.values()) == {5}

        shop.receiver.wait_until(done)
    sent = Counter((each.path, each.headers["webhook-id"]) for each in shop.receiver.requests)
    assert max(sent.values()) == 1
    for path in ("/a", "/b", "/c"):
        order: dict[str, int] = {}
        for each in shop.receiver.to(path):
            event = json.loads(each.body)
            assert int(event["sequence"]) > order.get(event["subject"], 0)
            order[event["subject"]] = int(event["sequence"])


@contextmanager
def _valkey(directory: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = first_free_port(30_900)
    server = subprocess.Popen(
        [str(find_valkey().server), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        pause = threading.Event()
        with redis.Redis.from_url(url) as client:
            for _ in range(200):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    pause.wait(0.02)
        yield url, server
    finally:
        server.kill()
        server.wait()


@contextmanager
def _delivering_with_redis(
    shop: Shop, fast: Settings, directory: Path
) -> Iterator[tuple["redis.Redis", "subprocess.Popen[bytes]"]]:
    """Have a dispatcher that a Redis of its own wakes, and that has delivered once; yields a client and the server."""
    with _valkey(directory) as (url, server), redis.Redis.from_url(url) as client:
        fast.REDIS_URL = url
        shop.subscribe()
        with dispatching():
            shop.receive()
            shop.receiver.wait_for(1)
            yield client, server


def test_redis_emptied_and_then_gone_costs_nothing_but_the_poll(shop: Shop, fast: Settings, tmp_path: Path) -> None:
    with _delivering_with_redis(shop, fast, tmp_path) as (client, server):
        client.flushall()
        shop.receive()
        shop.receiver.wait_for(2)
        server.kill()
        server.wait()
        for count in (3, 4, 5):
            shop.receive()
            shop.receiver.wait_for(count, seconds=10)
    assert [json.loads(each.body)["sequence"] for each in shop.receiver.requests] == list("12345")


def test_a_dispatcher_starts_and_delivers_without_redis(shop: Shop, fast: Settings) -> None:
    fast.REDIS_URL = "redis://127.0.0.1:1/0"
    shop.subscribe()
    with dispatching():
        shop.receive()
        shop.receiver.wait_for(1, seconds=10)


_FROZEN = ("CLIENT PAUSE 60000",)
_FULL = ("CONFIG SET maxmemory 1 maxmemory-policy noeviction",)
# Who is connected stays so after a new password: they are sent away, and do not come in again.
_LOCKED = ("CONFIG SET requirepass another", "CLIENT KILL TYPE pubsub", "CLIENT KILL TYPE normal SKIPME yes")


@pytest.mark.parametrize("fault", [_FROZEN, _FULL, _LOCKED], ids=["frozen", "full", "locked"])
def test_a_redis_that_does_not_serve_delays_no_commit_and_no_delivery(
    shop: Shop, fast: Settings, tmp_path: Path, fault: tuple[str, ...]
) -> None:
    with _delivering_with_redis(shop, fast, tmp_path) as (client, _server):
        for command in fault:
            client.execute_command(*command.split())
        for count in (2, 3, 4):
            shop.receive()
            shop.receiver.wait_for(count, seconds=20)  # long before a frozen one would go on
    assert [json.loads(each.body)["sequence"] for each in shop.receiver.requests] == list("1234")


def test_who_comes_back_after_its_lease_changes_nothing(shop: Shop, fast: Settings) -> None:
    """A dispatcher that was cut off from the database reports when another has long sent what it had taken."""
    webhook = shop.subscribe()
    shop.receive()

    async def act(*steps: Callable[[RelayConnection], Awaitable[Any]]) -> list[Any]:
        async with await psycopg.AsyncConnection.connect(django_settings.DATABASE_RELAY_URL, autocommit=True) as link:
            return [await step(link) for step in steps]

    async def end_leases(link: RelayConnection) -> None:
        await link.execute("UPDATE webhooks_delivery SET lease_until = now() - interval '1 second' WHERE state = 1")

    relay_and_fan_out()
    taken, _ = asyncio.run(act(lambda link: claim_deliveries(link, limit=10, unproven=10), end_leases))
    (claim,) = taken
    with dispatching():
        (request,) = shop.receiver.wait_for(1)
        log = shop.wait_for_log(webhook, lambda log: [each["status"] for each in log] == ["failed", "succeeded"])
    late = Result(
        tenant_id=claim.tenant_id,
        webhook_id=claim.webhook_id,
        delivery_id=claim.id,
        claim_id=claim.claim_id,
        outcome="failed",
        error="late",
        delay=0.0,
    )
    asyncio.run(act(lambda link: complete_deliveries(link, [late])))
    assert shop.deliveries(webhook) == log
    assert shop.deliveries(webhook, "pending") == []
    assert request.verified(webhook["secret"])["sequence"] == "1"


def test_connections_that_the_database_ends_are_opened_again(shop: Shop, fast: Settings) -> None:
    shop.subscribe()
    with dispatching():
        for count in range(1, 6):
            with psycopg.connect(django_settings.DATABASE_RELAY_URL, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND usename = current_user AND pid <> pg_backend_pid()"
                )
            shop.receive()
            shop.receiver.wait_for(count, seconds=20)
    assert _newest(shop) == {"S1/P1": 5}


def test_a_clock_that_is_wrong_is_refused(fast: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_CLOCK_DIFFERENCE_SECONDS", -1.0)
    with pytest.raises(ClocksDifferError), dispatching(until_it_fails=True):
        pass


def test_a_poison_event_stops_neither_its_lane_nor_others(
    shop: Shop, fast: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = shop.subscribe()
    shop.receive("P1")
    shop.receive("P2")
    with psycopg.connect(django_settings.DATABASE_RELAY_URL, autocommit=True) as connection:
        # Facts that no renderer understands: written by code that is gone.
        with dispatching():
            shop.receiver.wait_for(2)
        connection.execute(
            "INSERT INTO outbox_event (tenant_id, position, event_id, type, subject, sequence, facts, occurred_at,"
            " logged_at) SELECT tenant_id, position + 100, gen_random_uuid(), type, 'S1/P3', 1, '{}', occurred_at,"
            " logged_at FROM outbox_event WHERE tenant_id = %s AND subject = 'S1/P1'",
            (shop.tenant.id,),
        )
        row = connection.execute(
            "SELECT position FROM outbox_event WHERE tenant_id = %s AND subject = 'S1/P3'", (shop.tenant.id,)
        ).fetchone()
        assert row is not None
        connection.execute("SELECT fan_out_events(%s, %s, %s)", ([shop.tenant.id], [row[0]], [row[0]]))
        with dispatching():
            shop.receive("P1")
            shop.receiver.wait_for(3)
            log = shop.wait_for_log(
                webhook,
                lambda log: (
                    {("S1/P1", "2", "succeeded"), ("S1/P3", "1", "failed")}
                    <= {(each["subject"], each["sequence"], each["status"]) for each in log}
                ),
            )
    unrendered = [each["subject"] for each in log if each["error"] == "The event could not be rendered: KeyError."]
    assert set(unrendered) == {"S1/P3"}


def test_a_secret_that_does_not_open_takes_no_room_from_others(shop: Shop, fast: Settings) -> None:
    """Its row was sealed under a key that is lost: without care each try would keep its place in the dispatcher."""
    fast.WEBHOOK_MAX_IN_FLIGHT = 4
    broken, healthy = shop.subscribe("/broken", strategy="each"), shop.subscribe("/healthy", strategy="each")
    with as_tenant(shop.tenant.id):
        secret = WebhookSecret.objects.get(tenant_id=shop.tenant.id, webhook_id=broken["webhookId"])
        secret.sealed = b"gone" + bytes(secret.sealed)[4:]
        secret.save()
    with dispatching():
        for count in range(1, 13):
            shop.receive()
            shop.receiver.wait_for(count, path="/healthy")
        log = shop.wait_for_log(broken, lambda log: len(log) >= 5)
    assert {(each["status"], each["error"]) for each in log} == {
        ("failed", "The delivery broke: UnknownSealingKeyError.")
    }
    assert shop.receiver.to("/broken") == []
    assert {each["status"] for each in shop.deliveries(healthy)} == {"succeeded"}


def test_celery_hosts_a_dispatcher_and_hands_over_to_its_successor(shop: Shop, tmp_path: Path) -> None:
    shop.subscribe()
    celery = (sys.executable, "-m", "celery", "-A", "config")
    worker = (*celery, "worker", "--pool", "threads", "--concurrency", "2", "--queues", "default,webhooks")
    beat = (*celery, "beat", "--schedule", str(tmp_path / "beat"), "--pidfile=")
    with (
        _valkey(tmp_path) as (url, _server),
        child((*worker, "--without-gossip", "--without-mingle"), env={**_FAST, "REDIS_URL": url}) as started,
        child(beat, env={**_FAST, "REDIS_URL": url}),
    ):
        shop.receive()
        shop.receiver.wait_for(1)
        slots = {_slot()}
        pause = threading.Event()
        for _ in range(200):
            slots.add(_slot())
            if len(slots - {None}) >= 2:
                break
            pause.wait(0.05)
        assert len(slots - {None}) >= 2  # the pump ended after its two seconds, and another began
        shop.receive()
        shop.receiver.wait_for(2)
        os.kill(started.pid, signal.SIGTERM)
        assert started.process.wait(15) == 0
        assert _slot() is None
    assert len(shop.receiver.requests) == 2


def _slot() -> str | None:
    with psycopg.connect(django_settings.DATABASE_URL) as connection:
        row = connection.execute("SELECT token FROM webhooks_pumpslot WHERE slot = 1").fetchone()
    return str(row[0]) if row and row[0] else None
