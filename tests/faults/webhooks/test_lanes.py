"""What a lane learns from its receiver: how much at once, how fast, and when to leave it alone."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from aiohttp import web
from django.conf import settings as django_settings
from pytest_django import Settings

from apps.webhooks.domain.retries import DELAYS, MAX_ATTEMPTS
from tests.faults.webhooks.conftest import Shop, dispatching

_HOUR = 3600.0


def _stocked(shop: Shop, count: int) -> list[str]:
    """Change `count` items, each once."""
    names = [f"K{number}" for number in range(count)]
    for name in names:
        body = {"productId": name, "sku": name, "name": name}
        assert shop.tenant.operator.post("/v1/products", body).status == 201
        shop.receive(name)
    return names


def health(shop: Shop, webhook: dict[str, Any]) -> dict[str, Any]:
    answer = shop.tenant.operator.get(f"/v1/webhooks/{webhook['webhookId']}/health")
    assert answer.status == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def wait_for_health(shop: Shop, webhook: dict[str, Any], condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    pause = threading.Event()
    for _ in range(600):
        found = health(shop, webhook)
        if condition(found):
            return found
        pause.wait(0.05)
    raise AssertionError(found)


@pytest.mark.usefixtures("dispatcher")
class TestBreaker:
    def test_opens_after_five_failures_probes_alone_and_burns_no_attempt(self, shop: Shop) -> None:
        """A dead receiver gets all that waits, again and again, and every event uses up its attempts."""
        healthy = threading.Event()
        at_once: list[int] = []
        busy = 0

        async def answer(request: web.Request) -> web.StreamResponse:
            nonlocal busy
            if not healthy.is_set():
                return web.Response(status=500)
            busy += 1
            at_once.append(busy)
            await asyncio.sleep(0.05)
            busy -= 1
            return web.Response()

        shop.receiver.handler = answer
        webhook = shop.subscribe()
        names = _stocked(shop, 40)
        resting = wait_for_health(shop, webhook, lambda found: found["health"] == "resting")
        assert resting["failuresInARow"] >= 5
        assert None not in (resting["failingSince"], resting["nextTryAt"])
        untouched = [each for each in shop.deliveries(webhook, "pending") if each["attempt"] == 0]
        assert len(untouched) >= 20  # it was given eight at a time
        healthy.set()
        shop.receiver.wait_until(lambda found: len({_subject(each) for each in found}) == len(names))
        done = wait_for_health(shop, webhook, lambda found: found["waiting"] == 0)
        assert (done["health"], done["failuresInARow"], done["failingSince"]) == ("healthy", 0, None)
        assert at_once[:2] == [1, 1]  # the probe was alone: the second came when it had been answered
        log = shop.deliveries(webhook)
        never_failed = {each["subject"] for each in untouched}
        assert {
            each["attempt"] for each in log if each["subject"] in never_failed and each["status"] == "succeeded"
        } == {1}

    def test_opens_where_half_of_twenty_fail(self, shop: Shop) -> None:
        """A receiver that fails twice of three times never fails five times in a row, and is never left alone."""

        async def two_of_three(request: web.Request) -> web.StreamResponse:
            return web.Response(status=500 if len(shop.receiver.requests) % 3 else 200)

        shop.receiver.handler = two_of_three
        webhook = shop.subscribe()
        _stocked(shop, 40)
        wait_for_health(shop, webhook, lambda found: found["health"] == "resting")
        assert len(shop.receiver.requests) >= 20


@pytest.mark.usefixtures("dispatcher")
class TestCap:
    def test_grows_with_quick_answers_and_halves_at_429(self, shop: Shop) -> None:
        """A receiver is flooded with as much as the dispatcher has, or kept at one at a time for ever."""
        webhook = shop.subscribe(eventTypes=["inventory.updated"], strategy="each")
        for _ in range(100):
            shop.receive()
        grown = wait_for_health(shop, webhook, lambda found: found["waiting"] == 0 and found["atOnce"] > 16)
        shop.receiver.statuses = [429]
        shop.receive()
        halved = wait_for_health(shop, webhook, lambda found: found["atOnce"] < grown["atOnce"])
        assert grown["atOnce"] // 2 <= halved["atOnce"] <= 16


@pytest.mark.usefixtures("dispatcher")
def test_a_bounded_rate_is_kept_over_every_second(shop: Shop) -> None:
    """A receiver that says what it can take is sent more when much waits."""
    webhook = shop.subscribe(maxPerSecond=10, strategy="each")
    for _ in range(40):
        shop.receive()
    requests = shop.receiver.wait_for(40)
    # A bucket that holds a second's worth: at most two seconds' worth within any one.
    assert all(later.at - earlier.at > 0.9 for earlier, later in zip(requests, requests[21:], strict=False))
    assert len({_sequence(each) for each in requests}) == 40
    assert wait_for_health(shop, webhook, lambda found: found["waiting"] == 0)["health"] == "healthy"


def test_a_receiver_dead_for_three_days(shop: Shop, settings: Settings) -> None:
    """14 attempts at the stated times, notices after 1, 24 and 60 hours, disabled after 72; then a resync converges.

    Time is shifted: instead of waiting, everything of the webhook becomes older.
    """
    settings.WEBHOOK_LEASE_SECONDS = 25.0
    told = shop.subscribe("/told", eventTypes=["webhook.failing", "webhook.disabled"])
    webhook = shop.subscribe("/dead")

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500 if request.path == "/dead" else 200)

    shop.receiver.handler = answer
    age = 0.0
    with dispatching():
        shop.receive()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            shop.wait_for_log(webhook, lambda log, number=attempt: len(log) == number)  # type: ignore[misc]
            if attempt < MAX_ATTEMPTS:
                wait = _seconds_to_next(shop, webhook)
                assert 0.8 * DELAYS[attempt] - 1 <= wait <= DELAYS[attempt]
                age += wait
                _shift(webhook, wait)
                shop.receiver.wait_for(sum(age >= hours * _HOUR for hours in (1, 24, 60)), path="/told")
        (dead,) = shop.deliveries(webhook, "dead")
        assert (dead["attempt"], len(shop.receiver.to("/dead"))) == (14, 14)
        assert 0.8 * sum(DELAYS) - 30 <= age <= sum(DELAYS)
        _shift(webhook, max(61 * _HOUR - age, 0))
        shop.receiver.wait_for(3, path="/told")
        _shift(webhook, 12 * _HOUR)
        notices = shop.receiver.wait_for(4, path="/told")
        events = [each.verified(told["secret"]) for each in notices]
        assert sorted((int(event["sequence"]), event["type"]) for event in events) == [
            (1, "webhook.failing"),
            (2, "webhook.failing"),
            (3, "webhook.failing"),
            (4, "webhook.disabled"),
        ]
        assert {event["data"]["webhookId"] for event in events} == {webhook["webhookId"]}
        gone = shop.tenant.operator.get(f"/v1/webhooks/{webhook['webhookId']}").json
        assert (gone["status"], gone["disabledReason"]) == ("disabled", "The receiver has failed for 72 hours.")
        # What happens meanwhile is not collected: the backlog of the dead one stays what it was.
        for product in ("P1", "P2", "P3"):
            shop.receive(product, 7)
        refused = shop.tenant.operator.post(f"/v1/webhooks/{webhook['webhookId']}/resync", b"")
        assert (refused.status, refused.json["code"]) == (409, "invalid_state")
        shop.receiver.handler = None
        assert shop.tenant.operator.post(f"/v1/webhooks/{webhook['webhookId']}/enable", b"").status == 200
        assert shop.tenant.operator.post(f"/v1/webhooks/{webhook['webhookId']}/resync", b"").status == 202
        found = shop.receiver.wait_for(14 + 3, path="/dead")[14:]
        assert {_subject(each): json.loads(each.body)["data"]["inventoryLevel"] for each in found} == {
            "S1/P1": 8,
            "S1/P2": 7,
            "S1/P3": 7,
        }
        assert {each.verified(webhook["secret"])["type"] for each in found} == {"inventory.snapshot"}
        healed = wait_for_health(shop, webhook, lambda found: found["waiting"] == found["replays"] == 0)
        assert (healed["health"], healed["givenUp"]) == ("healthy", 1)


def _subject(request: Any) -> str:
    return str(json.loads(request.body)["subject"])


def _sequence(request: Any) -> str:
    return str(json.loads(request.body)["sequence"])


def _seconds_to_next(shop: Shop, webhook: dict[str, Any]) -> float:
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        row = connection.execute(
            "SELECT extract(epoch FROM d.due_at - a.at)::float FROM webhooks_delivery d"
            " JOIN webhooks_attempt a ON a.delivery_id = d.id AND a.tenant_id = d.tenant_id"
            " WHERE d.webhook_id = %s AND d.state = 0 ORDER BY a.id DESC LIMIT 1",
            [webhook["webhookId"]],
        ).fetchone()
    assert row is not None
    return float(row[0])


def _shift(webhook: dict[str, Any], seconds: float) -> None:
    """Let `seconds` pass for a webhook."""
    past = {"by": f"{seconds} seconds", "webhook": webhook["webhookId"]}
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        connection.execute(
            "UPDATE webhooks_lane SET next_due = next_due - %(by)s::interval, open_until = open_until - %(by)s::interval,"
            " failing_since = failing_since - %(by)s::interval WHERE webhook_id = %(webhook)s",
            past,
        )
        connection.execute(
            "UPDATE webhooks_delivery SET due_at = due_at - %(by)s::interval, first_at = first_at - %(by)s::interval"
            " WHERE webhook_id = %(webhook)s",
            past,
        )
