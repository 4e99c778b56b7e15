"""From a commit to a receiver, over real sockets."""

import asyncio
import json
import time

import pytest
from aiohttp import web

from tests.factories.master_data import make_agreement, make_product, make_retail_partner, make_supplier
from tests.faults.webhooks.conftest import Shop, dispatching
from tests.support.processes import child

_RARELY_LOOKING = "tests.faults.webhooks.woken_settings"


@pytest.mark.usefixtures("dispatcher")
def test_one_change_is_one_verified_webhook(shop: Shop) -> None:
    webhook = shop.subscribe()
    booked = shop.receive(quantity=5)
    (request,) = shop.receiver.wait_for(1)
    payload = request.verified(webhook["secret"])
    assert {name: value for name, value in payload.items() if name not in {"id", "time", "timestamp", "data"}} == {
        "specversion": "1.0",
        "source": "/v1/suppliers/S1",
        "type": "inventory.updated",
        "subject": "S1/P1",
        "datacontenttype": "application/json",
        "sequence": str(booked["item"]["version"]),
        "tenantid": shop.tenant.row.code,
    }
    assert payload["data"]["inventoryLevel"] == 5
    assert payload["data"]["previous"] == {"inventoryLevel": 0, "reservedQuantity": 0}
    assert request.headers["webhook-id"] == payload["id"]
    assert request.headers["user-agent"] == "Stockwire/1"
    (logged,) = shop.wait_for_log(webhook, lambda log: len(log) == 1)
    assert (logged["status"], logged["attempt"], logged["responseStatus"]) == ("succeeded", 1, 200)
    assert logged["address"] == "127.0.0.1"
    assert shop.deliveries(webhook, "pending") == []
    assert len(shop.receiver.requests) == 1


def test_what_waits_is_replaced_by_newer_news_of_the_same_item(shop: Shop, fast: object) -> None:
    webhook = shop.subscribe()
    for _ in range(5):
        shop.receive("P1")
    shop.receive("P2")
    with dispatching():
        requests = shop.receiver.wait_for(2)
        shop.wait_for_log(webhook, lambda log: len(log) == 2)
    assert {json.loads(each.body)["subject"]: json.loads(each.body)["sequence"] for each in requests} == {
        "S1/P1": "5",
        "S1/P2": "1",
    }
    assert len(shop.receiver.requests) == 2
    assert sorted(each["coalesced"] for each in shop.deliveries(webhook)) == [0, 4]


@pytest.mark.usefixtures("dispatcher")
def test_a_failure_is_tried_again_with_the_same_event(shop: Shop) -> None:
    shop.receiver.statuses = [500, 503]
    webhook = shop.subscribe()
    shop.receive()
    requests = shop.receiver.wait_for(3)
    assert len({each.headers["webhook-id"] for each in requests}) == 1
    log = shop.wait_for_log(webhook, lambda log: len(log) == 3)
    assert [(each["status"], each["attempt"], each["responseStatus"]) for each in log] == [
        ("failed", 1, 500),
        ("failed", 2, 503),
        ("succeeded", 3, 200),
    ]
    assert requests[1].at - requests[0].at == pytest.approx(0.05 * 5, rel=0.25, abs=0.25)


@pytest.mark.usefixtures("dispatcher")
def test_gone_disables_and_setting_it_active_enables(shop: Shop) -> None:
    shop.receiver.statuses = [410]
    webhook = shop.subscribe()
    path = f"/v1/webhooks/{webhook['webhookId']}"
    shop.receive()
    shop.wait_for_log(webhook, lambda log: [each["status"] for each in log] == ["dead"])
    found = shop.tenant.operator.get(path).json
    assert (found["status"], found["disabledReason"]) == ("disabled", "The receiver answered 410 Gone.")
    assert [each["status"] for each in shop.deliveries(webhook, "dead")] == ["dead"]
    enabled = shop.tenant.operator.patch(path, {"status": "active", "version": found["version"]})
    assert (enabled.status, enabled.json["disabledReason"]) == (200, None)
    shop.receive()
    requests = shop.receiver.wait_for(2)
    assert [json.loads(each.body)["sequence"] for each in requests] == ["1", "2"]


@pytest.mark.usefixtures("dispatcher")
def test_redirects_are_not_followed(shop: Shop) -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    shop.receiver.handler = redirect
    webhook = shop.subscribe()
    shop.receive()
    log = shop.wait_for_log(webhook, lambda log: len(log) >= 1)
    assert (log[0]["status"], log[0]["responseStatus"]) == ("failed", 307)
    assert shop.receiver.to("/elsewhere") == []


@pytest.mark.usefixtures("dispatcher")
@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_receiver_that_hangs_or_drips_costs_its_time_and_no_more(shop: Shop, part: str) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        if request.path == "/healthy":
            return web.Response()
        if part == "headers":
            await asyncio.sleep(30)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(300):
            await response.write(b".")
            await asyncio.sleep(0.1)
        return response

    shop.receiver.handler = slow
    hanging, healthy = shop.subscribe("/slow"), shop.subscribe("/healthy")
    shop.receive()
    shop.receiver.wait_for(1, path="/slow")
    started = time.monotonic()
    shop.receive("P2")
    shop.receiver.wait_for(2, path="/healthy")
    assert time.monotonic() - started < 0.5
    log = shop.wait_for_log(hanging, lambda log: len(log) >= 1)
    assert log[0]["error"] == "No complete answer within 0.75 s."
    assert log[0]["durationMilliseconds"] == pytest.approx(750, abs=200)
    assert [each["status"] for each in shop.deliveries(healthy)] == ["succeeded", "succeeded"]


@pytest.mark.usefixtures("dispatcher")
def test_an_endless_answer_is_cut_and_counts_by_its_status(shop: Shop) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b"x" * 65536)
        return response

    shop.receiver.handler = endless
    webhook = shop.subscribe()
    shop.receive()
    log = shop.wait_for_log(webhook, lambda log: len(log) >= 1)
    assert (log[0]["responseStatus"], log[0]["answer"]) == (500, "x" * 2048)


def test_a_partner_gets_what_it_may_see_and_never_the_suppliers_numbers(shop: Shop, fast: object) -> None:
    tenant = shop.tenant
    make_retail_partner(tenant, "R1")
    make_supplier(tenant, "S2")
    make_agreement(tenant, "R1", "S2")
    make_product(tenant, "P9")
    partner = tenant.retailer("R1")
    webhook = shop.subscribe("/partner", client=partner)
    shop.receive("P1")  # of S1, which has no agreement with R1
    body = {"type": "receipt", "quantity": 7, "warehouseLocation": "W1"}
    assert tenant.operator.post("/v1/inventory/S2/P9", body, key="p9").status == 201
    with dispatching():
        shop.receiver.wait_for(1, path="/partner")
        log = shop.wait_for_log(webhook, lambda log: len(log) == 2)
    (request,) = shop.receiver.to("/partner")
    data = request.verified(webhook["secret"])["data"]
    assert (data["productId"], data["availableQuantity"]) == ("P9", 7)
    assert not {"inventoryLevel", "reservedQuantity", "onHoldQuantity", "previous", "cause"} & set(data)
    assert sorted(each["status"] for each in log) == ["dropped", "succeeded"]
    path = f"/v1/webhooks/{webhook['webhookId']}/deliveries"
    assert [each["subject"] for each in partner.get(path).json["data"]] == ["S2/P9"]


def test_a_supplier_gets_its_own_items_only(shop: Shop, fast: object) -> None:
    make_supplier(shop.tenant, "S2")
    shop.subscribe("/s1", client=shop.tenant.supplier("S1"))
    shop.subscribe("/s2", client=shop.tenant.supplier("S2"))
    shop.receive("P1")
    body = {"type": "receipt", "quantity": 7, "warehouseLocation": "W1"}
    assert shop.tenant.operator.post("/v1/inventory/S2/P1", body, key="s2").status == 201
    with dispatching():
        shop.receiver.wait_for(2)
    assert [json.loads(each.body)["subject"] for each in shop.receiver.to("/s1")] == ["S1/P1"]
    assert [json.loads(each.body)["subject"] for each in shop.receiver.to("/s2")] == ["S2/P1"]


def test_filters_and_types_decide_what_comes(shop: Shop, fast: object) -> None:
    shop.subscribe("/p2", filters={"productId": "P2"})
    shop.subscribe("/both", filters={"productId": ["P1", "P2"], "warehouseLocation": ["W1"]})
    shop.subscribe("/elsewhere", filters={"warehouseLocation": "W2"})
    shop.subscribe("/paused", status="paused")
    shop.receive("P1")
    shop.receive("P2")
    shop.receive("P3")
    with dispatching():
        shop.receiver.wait_for(3)
    subjects = {
        path: sorted(json.loads(each.body)["subject"] for each in shop.receiver.to(path))
        for path in ("/p2", "/both", "/elsewhere", "/paused")
    }
    assert subjects == {"/p2": ["S1/P2"], "/both": ["S1/P1", "S1/P2"], "/elsewhere": [], "/paused": []}


def test_a_filter_by_product_lets_the_product_s_own_changes_pass(shop: Shop, fast: object) -> None:
    shop.subscribe("/p2", eventTypes=["product.updated"], filters={"productId": "P2"})
    for product in ("P1", "P2"):
        answer = shop.tenant.operator.patch(f"/v1/products/{product}", {"name": "New"}, if_match="*")
        assert answer.status == 200
    with dispatching():
        (told,) = shop.receiver.wait_for(1)
    assert [json.loads(told.body)[name] for name in ("type", "subject")] == ["product.updated", "P2"]


@pytest.mark.usefixtures("dispatcher")
def test_a_test_event_reaches_this_webhook_alone(shop: Shop) -> None:
    webhook, _other = shop.subscribe("/tested"), shop.subscribe("/other", eventTypes=["*"])
    answer = shop.tenant.operator.request("POST", f"/v1/webhooks/{webhook['webhookId']}/test")
    assert (answer.status, answer.json["sequence"]) == (202, "1")
    (request,) = shop.receiver.wait_for(1, path="/tested")
    payload = request.verified(webhook["secret"])
    assert (payload["type"], payload["subject"]) == ("webhook.test", webhook["webhookId"])
    # The other wants everything, and may be told of what was created before it: not of a test that is not its own.
    assert "webhook.test" not in {json.loads(each.body)["type"] for each in shop.receiver.to("/other")}


@pytest.mark.usefixtures("dispatcher")
def test_every_live_secret_signs_and_an_ended_one_does_not(shop: Shop) -> None:
    webhook = shop.subscribe()
    path = f"/v1/webhooks/{webhook['webhookId']}/rotateSecret"
    second = shop.tenant.operator.post(path, {}).json["secret"]
    shop.receive()
    (request,) = shop.receiver.wait_for(1)
    assert request.verified(webhook["secret"]) == request.verified(second)
    third = shop.tenant.operator.post(path, {"expiresInSeconds": 0}).json["secret"]
    shop.receive()
    request = shop.receiver.wait_for(2)[1]
    assert request.headers["webhook-signature"].count("v1,") == 1
    assert request.verified(third)["sequence"] == "2"


def test_a_commit_wakes_the_dispatcher_long_before_it_would_look(shop: Shop) -> None:
    with child(("python", "manage.py", "dispatch"), env={"DJANGO_SETTINGS_MODULE": _RARELY_LOOKING}):
        shop.subscribe()
        shop.receive()
        shop.receiver.wait_for(1, seconds=20)
        waits = []
        for count in range(2, 12):
            shop.receive()
            committed = time.time()
            waits.append(shop.receiver.wait_for(count, seconds=20)[-1].at - committed)
    # It looks every six seconds: without the wake-up half of them would take longer than half of that.
    assert sorted(waits)[5] < 3
