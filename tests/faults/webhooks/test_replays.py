"""What was missed comes again: a range, what was given up, or what there is now; to those who may see it, and to no other."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from aiohttp import web
from django.conf import settings as django_settings

from tests.factories.master_data import make_agreement, make_retail_partner
from tests.faults.webhooks.conftest import Shop, dispatching
from tests.faults.webhooks.receiver import Received
from tests.support.api import ApiAnswer, ApiClient
from tests.support.stock import relay_and_fan_out


def _asked(
    shop: Shop, webhook: dict[str, Any], verb: str, body: Any = None, *, client: ApiClient | None = None
) -> ApiAnswer:
    path = f"/v1/webhooks/{webhook['webhookId']}/{verb}"
    return (client or shop.tenant.operator).post(path, b"" if body is None else body)


def _news(requests: list[Received]) -> list[tuple[str, str]]:
    return sorted((event["subject"], event["sequence"]) for event in (json.loads(each.body) for each in requests))


@pytest.mark.usefixtures("dispatcher")
class TestReplay:
    def test_sends_the_events_of_a_time_again_under_their_ids(self, shop: Shop) -> None:
        webhook = shop.subscribe(strategy="each", eventTypes=["inventory.updated", "product.updated"])
        shop.receive("P1")
        shop.receiver.wait_for(1)
        since = datetime.now(UTC).isoformat()
        for _ in range(3):
            shop.receive("P2")
        assert shop.tenant.operator.patch("/v1/products/P2", {"name": "New"}, if_match="*").status == 200
        shop.receiver.wait_for(5)
        answer = _asked(shop, webhook, "replay", {"since": since, "eventTypes": ["inventory.updated"]})
        assert (answer.status, answer.json["kind"], answer.json["events"]) == (202, "events", 4)
        again = shop.receiver.wait_for(8)[5:]
        assert _news(again) == [("S1/P2", "1"), ("S1/P2", "2"), ("S1/P2", "3")]
        sent = {each.headers["webhook-id"] for each in shop.receiver.requests[:5]}
        assert {each.headers["webhook-id"] for each in again} < sent

    def test_of_everything_sends_what_the_webhook_wants_and_no_more(self, shop: Shop) -> None:
        shop.receive("P1")
        shop.receive("P2")
        relay_and_fan_out()
        webhook = shop.subscribe(filters={"productId": "P2"})  # after it happened
        assert _asked(shop, webhook, "replay", {}).status == 202
        (only,) = shop.receiver.wait_for(1)
        shop.wait_for_log(webhook, lambda log: len(log) == 1)
        assert json.loads(only.body)["subject"] == "S1/P2"
        assert _replays(shop) == 0

    def test_of_1500_events_is_queued_piece_by_piece(self, shop: Shop) -> None:
        """A replay fills the queue with all it has, and what is new waits behind it."""
        webhook = shop.subscribe(strategy="each", status="paused")
        lines = [{"type": "receipt", "quantity": 1, "supplierId": "S1", "productId": "P1", "warehouseLocation": "W1"}]
        for number in range(3):
            answer = shop.tenant.operator.post("/v1/inventory/batch", {"items": lines * 500}, key=f"list-{number}")
            assert answer.status == 200, answer.json
        relay_and_fan_out()
        path = f"/v1/webhooks/{webhook['webhookId']}"
        assert shop.tenant.operator.post(f"{path}/enable", b"").status == 200
        assert _asked(shop, webhook, "replay", {"eventTypes": ["inventory.updated"]}).status == 202
        # Counted first: the receiver answers nobody while it is looked at.
        found = shop.receiver.wait_until(
            lambda found: len(found) >= 1500 and len({each.body for each in found}) == 1500, seconds=90
        )
        assert {int(json.loads(each.body)["sequence"]) for each in found} == set(range(1, 1501))

    def test_one_delivery_is_sent_again_by_its_id(self, shop: Shop) -> None:
        webhook = shop.subscribe()
        shop.receive("P1")
        (logged,) = shop.wait_for_log(webhook, lambda log: len(log) == 1)
        answer = _asked(shop, webhook, f"deliveries/{logged['deliveryId']}/redeliver")
        assert answer.status == 202, answer.json
        first, again = shop.receiver.wait_for(2)
        assert first.headers["webhook-id"] == again.headers["webhook-id"]


def test_only_failed_brings_back_what_was_given_up(shop: Shop, fast: object) -> None:
    webhook = shop.subscribe()
    shop.receive("P1")
    shop.receive("P2")
    relay_and_fan_out()
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:  # its thirteen attempts are behind it
        connection.execute(
            "UPDATE webhooks_delivery SET attempts = 13 WHERE tenant_id = %s AND subject = 'S1/P1'", [shop.tenant.id]
        )

    async def refuse_the_first(request: web.Request) -> web.StreamResponse:
        subject = json.loads(await request.read())["subject"]
        return web.Response(status=500 if subject == "S1/P1" else 200)

    shop.receiver.handler = refuse_the_first
    with dispatching():
        shop.wait_for_log(webhook, lambda log: len(log) == 2)
        assert [each["subject"] for each in shop.deliveries(webhook, "dead")] == ["S1/P1"]
        shop.receiver.handler = None
        assert _asked(shop, webhook, "replay", {"onlyFailed": True}).json["kind"] == "failed"
        assert json.loads(shop.receiver.wait_for(3)[2].body)["subject"] == "S1/P1"
        log = shop.wait_for_log(webhook, lambda log: len(log) == 3)
    assert sorted(each["status"] for each in log) == ["dead", "succeeded", "succeeded"]
    assert shop.deliveries(webhook, "dead") == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "#/since"),
            ({"eventTypes": ["inventory.upated"]}, "#/eventTypes/0"),
            ({"since": "yesterday"}, "#/since"),
        ],
    )
    def test_what_names_no_time_and_no_type_is_refused(self, shop: Shop, body: dict[str, Any], pointer: str) -> None:
        answer = _asked(shop, shop.subscribe(), "replay", body)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, pointer)
        assert _replays(shop) == 0

    def test_a_paused_webhook_and_a_sixth_replay_are_refused(self, shop: Shop) -> None:
        paused = shop.subscribe(status="paused")
        assert _asked(shop, paused, "resync").json["code"] == "invalid_state"
        webhook = shop.subscribe()
        assert [_asked(shop, webhook, "resync").status for _ in range(6)] == [202] * 5 + [409]
        assert _replays(shop) == 5

    def test_another_partys_webhook_is_not_there(self, shop: Shop) -> None:
        webhook = shop.subscribe()
        supplier = shop.tenant.supplier("S1")
        for verb in ("enable", "replay", "resync", "deliveries/dlv_00000000000000000000000000/redeliver"):
            assert _asked(shop, webhook, verb, {} if verb == "replay" else None, client=supplier).status == 404
        assert supplier.get(f"/v1/webhooks/{webhook['webhookId']}/health").status == 404
        assert _replays(shop) == 0


class TestResync:
    def test_a_partner_gets_a_snapshot_of_each_item_that_it_may_see(self, shop: Shop, fast: object) -> None:
        """A resync shows a partner what no agreement covers, or the numbers of the house."""
        make_retail_partner(shop.tenant, "R1")
        make_agreement(shop.tenant, "R1", "S1", productId="P1")
        for product in ("P1", "P2"):
            shop.receive(product, 5)
        partner = shop.tenant.retailer("R1")
        relay_and_fan_out()
        webhook = shop.subscribe(client=partner)  # after it happened
        assert _asked(shop, webhook, "resync", client=partner).status == 202
        with dispatching():
            shop.receiver.wait_for(1)
            _wait_for_replays(shop)
        (snapshot,) = [each.verified(webhook["secret"]) for each in shop.receiver.requests]
        assert (snapshot["type"], snapshot["subject"], snapshot["sequence"]) == ("inventory.snapshot", "S1/P1", "1")
        seen = partner.get("/v1/inventory/S1/P1").json
        assert {**snapshot["data"], "lastUpdated": None} == {**seen, "lastUpdated": None}
        assert "inventoryLevel" not in snapshot["data"]

    def test_an_agreement_that_ended_meanwhile_is_no_reason_to_tell(self, shop: Shop, fast: object) -> None:
        """What was queued while a partner might see it is sent when it no longer may."""
        make_retail_partner(shop.tenant, "R1")
        agreement = make_agreement(shop.tenant, "R1", "S1")
        partner = shop.tenant.retailer("R1")
        webhook = shop.subscribe(client=partner)
        shop.receive("P1")
        relay_and_fan_out()
        assert _asked(shop, webhook, "resync", client=partner).status == 202
        path = f"/v1/supplyAgreements/{agreement['agreementId']}"
        assert shop.tenant.operator.patch(path, {"status": "archived"}, if_match="*").status == 200
        with dispatching():
            shop.wait_for_log(
                {"webhookId": webhook["webhookId"]}, lambda log: [x["status"] for x in log] == ["dropped"]
            )
            _wait_for_replays(shop)
        assert shop.receiver.requests == []
        assert partner.get(f"/v1/webhooks/{webhook['webhookId']}/deliveries").json["data"] == []

    def test_converges_after_everything_was_missed(self, shop: Shop, fast: object) -> None:
        webhook = shop.subscribe(status="paused")
        for product, quantity in (("P1", 3), ("P2", 4), ("P1", 5)):
            shop.receive(product, quantity)
        relay_and_fan_out()
        with dispatching():
            assert _asked(shop, webhook, "enable").status == 200
            assert _asked(shop, webhook, "resync").status == 202
            found = shop.receiver.wait_for(2)
            _wait_for_replays(shop)
        levels = {event["subject"]: event["data"]["inventoryLevel"] for event in (json.loads(r.body) for r in found)}
        assert levels == {"S1/P1": 8, "S1/P2": 4}


def _replays(shop: Shop) -> int:
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        row = connection.execute(
            "SELECT count(*) FROM webhooks_replay WHERE tenant_id = %s", [shop.tenant.id]
        ).fetchone()
    return row[0] if row else 0


def _wait_for_replays(shop: Shop) -> None:
    pause = threading.Event()
    for _ in range(600):
        if _replays(shop) == 0:
            return
        pause.wait(0.05)
    raise AssertionError("a replay does not end")
