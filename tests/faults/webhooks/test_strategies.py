"""How events become requests: each one, in strict order, or a hundred at a time."""

import json
from typing import Any

import pytest
from aiohttp import web

from tests.faults.webhooks.conftest import Shop, dispatching
from tests.faults.webhooks.receiver import Received


def _sequences(requests: list[Received]) -> list[str]:
    return [json.loads(each.body)["sequence"] for each in requests]


def test_each_sends_every_state_of_an_item(shop: Shop, fast: object) -> None:
    webhook = shop.subscribe(strategy="each")
    for _ in range(5):
        shop.receive()
    with dispatching():
        requests = shop.receiver.wait_for(5)
        shop.wait_for_log(webhook, lambda log: len(log) == 5)
    assert sorted(_sequences(requests)) == ["1", "2", "3", "4", "5"]


def test_ordered_lets_nothing_overtake_what_fails(shop: Shop, fast: object) -> None:
    """A change overtakes the one before it while that waits for its second attempt."""
    webhook = shop.subscribe(strategy="ordered")
    for product in ("P1", "P2", "P1", "P3"):
        shop.receive(product)
    at_once: list[int] = []
    busy = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal busy
        busy += 1
        at_once.append(busy)
        failed = len(shop.receiver.requests) in {1, 4}
        busy -= 1
        return web.Response(status=500 if failed else 200)

    shop.receiver.handler = answer
    with dispatching():
        requests = shop.receiver.wait_for(6)
        shop.wait_for_log(webhook, lambda log: len(log) == 6)
    said = [(json.loads(each.body)["subject"], json.loads(each.body)["sequence"]) for each in requests]
    assert said == [("S1/P1", "1"), ("S1/P1", "1"), ("S1/P2", "1"), ("S1/P1", "2"), ("S1/P1", "2"), ("S1/P3", "1")]
    assert set(at_once) == {1}


class TestBatch:
    def test_sends_up_to_a_hundred_in_one_signed_request(self, shop: Shop, fast: object) -> None:
        webhook = shop.subscribe(strategy="batch")
        names = _stocked(shop, 130)
        with dispatching():
            shop.wait_for_log(webhook, lambda log: len(log) == len(names))
        batches = [each.verified(webhook["secret"]) for each in shop.receiver.requests]
        assert {batch["type"] for batch in batches} == {"batch"}
        sizes = [len(batch["data"]["events"]) for batch in batches]
        assert (sum(sizes), max(sizes)) == (130, 100)
        events = [event for batch in batches for event in batch["data"]["events"]]
        assert {event["subject"] for event in events} == {f"S1/{name}" for name in names}
        assert {event["specversion"] for event in events} == {"1.0"}

    def test_that_failed_comes_again_under_the_same_id_and_counts_once(self, shop: Shop, fast: object) -> None:
        """A hundred events of one refused request open the breaker as if a hundred requests had failed."""
        shop.receiver.statuses = [500]
        webhook = shop.subscribe(strategy="batch")
        for product in ("P1", "P2", "P3"):
            shop.receive(product)
        with dispatching():
            first, again = shop.receiver.wait_for(2)
            log = shop.wait_for_log(webhook, lambda log: len(log) == 6)
        assert first.headers["webhook-id"] == again.headers["webhook-id"]
        assert first.headers["webhook-id"].startswith("bat_")
        assert first.body == again.body
        assert sorted((each["attempt"], each["status"]) for each in log) == [(1, "failed")] * 3 + [(2, "succeeded")] * 3

    def test_a_state_that_waits_is_replaced_by_a_newer_one(self, shop: Shop, fast: object) -> None:
        webhook = shop.subscribe(strategy="batch")
        for _ in range(3):
            shop.receive("P1")
        shop.receive("P2")
        with dispatching():
            shop.wait_for_log(webhook, lambda log: len(log) == 2)
        (batch,) = shop.receiver.requests
        events = batch.verified(webhook["secret"])["data"]["events"]
        assert [(event["subject"], event["sequence"]) for event in events] == [("S1/P1", "3"), ("S1/P2", "1")]


@pytest.mark.usefixtures("dispatcher")
def test_a_strategy_can_be_changed(shop: Shop) -> None:
    webhook = shop.subscribe()
    path = f"/v1/webhooks/{webhook['webhookId']}"
    changed = shop.tenant.operator.patch(path, {"strategy": "batch", "maxPerSecond": 7, "version": 1})
    assert (changed.json["strategy"], changed.json["maxPerSecond"]) == ("batch", 7)
    shop.receive()
    (batch,) = shop.receiver.wait_for(1)
    assert batch.verified(webhook["secret"])["type"] == "batch"
    cleared = shop.tenant.operator.patch(path, {"strategy": "latest", "maxPerSecond": None, "version": 2})
    assert (cleared.json["strategy"], cleared.json["maxPerSecond"]) == ("latest", None)


@pytest.mark.parametrize(
    "wrong", [{"strategy": "fifo"}, {"maxPerSecond": 0}, {"maxPerSecond": 1001}, {"maxPerSecond": 1.5}]
)
def test_what_is_neither_a_strategy_nor_a_rate_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    body = {"url": shop.receiver.url(), "eventTypes": ["inventory.updated"], **wrong}
    answer = shop.tenant.operator.post("/v1/webhooks", body)
    assert (answer.status, answer.json["code"]) == (400, "validation_error")
    assert shop.tenant.operator.get("/v1/webhooks").json["data"] == []


def _stocked(shop: Shop, count: int) -> list[str]:
    names = [f"K{number}" for number in range(count)]
    for name in names:
        body = {"productId": name, "sku": name, "name": name}
        assert shop.tenant.operator.post("/v1/products", body).status == 201
        shop.receive(name)
    return names
