"""Many callers of one item: nothing is sold twice, nothing is lost, and the books agree (peers, section 6)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crowd import Crowd, Sent, posting, statuses
from tests.support.stock import Given, events_of, relay, wait_for

pytestmark = pytest.mark.xdist_group("live")


def test_64_clients_sell_fifty(given: Given, crowd: Crowd) -> None:
    item = given.stocked(50)
    replies = crowd.send([posting(item, "sale", 1) for _ in range(64)])
    assert statuses(replies) == {201: 50, 409: 14}
    assert {(reply.json["code"], reply.json["available"]) for reply in replies if reply.status == 409} == {
        ("insufficient_stock", 0)
    }
    assert (item.balances, item.version) == ((0, 0, 0, 0), 51)
    assert sorted(reply.json["item"]["version"] for reply in replies if reply.status == 201) == list(range(2, 52))
    ledger = item.ledger
    assert [row["version"] for row in ledger] == list(range(1, 52))
    assert [row["inventoryLevelAfter"] for row in ledger] == list(range(50, -1, -1))
    assert events_of(given.tenant) == [("S1/P1", version) for version in range(1, 52)]
    relay()
    assert events_of(given.tenant) == [("S1/P1", version) for version in range(1, 52)]


@pytest.mark.parametrize("kind", ["reservation", "damage", "shipment"])
def test_32_clients_take_one_of_ten(given: Given, crowd: Crowd, kind: str) -> None:
    """Scenarios 1, 9 and 11."""
    item = given.stocked(10)
    replies = crowd.send([posting(item, kind, 1, **({"reason": "x"} if kind == "damage" else {})) for _ in range(32)])
    assert statuses(replies) == {201: 10, 409: 22}
    assert (item.balances[3], item.version, len(item.ledger)) == (0, 11, 11)


def test_reservations_before_them_count(given: Given, crowd: Crowd) -> None:
    """Scenario 2."""
    item = given.stocked(16)
    item.posted("reservation", 6)
    assert statuses(crowd.send([posting(item, "reservation", 1) for _ in range(32)])) == {201: 10, 409: 22}
    assert item.balances == (16, 16, 0, 0)


def test_the_last_piece_goes_to_one_of_many_kinds_of_taking(given: Given, crowd: Crowd) -> None:
    """Scenarios 10 and 12."""
    item = given.stocked(1)
    given.warehouse("W2")
    given.warehouse("RW", partner="R1")
    away = {"warehouseLocation": "W1"}
    takers = [
        posting(item, "sale", 1, **away),
        posting(item, "reservation", 1, **away),
        posting(item, "shipment", 1, **away),
        posting(item, "damage", 1, reason="x", disposition="scrap", **away),
        posting(item, "transfer", 1, toWarehouseLocation="W2", **away),
        posting(item, "transfer", 1, toWarehouseLocation="RW", **away),
        posting(item, "adjustment", -1, reason="x", **away),
    ]
    replies = crowd.send([taker.under_another_key() for taker in takers * 4])
    assert statuses(replies) == {201: 1, 409: 27}
    assert (item.levels["W1", None][3], item.version) == (0, 2)


def test_32_changes_from_one_reading_are_one_change(given: Given, crowd: Crowd) -> None:
    item = given.stocked(10)
    tag = item.get().headers["ETag"]
    client = given.tenant.operator
    replies = crowd.send(
        [Sent(client, "PATCH", item.path, {"inventoryLevel": 100 + number}, if_match=tag) for number in range(32)]
    )
    assert statuses(replies) == {200: 1, 412: 31}
    (done,) = [reply for reply in replies if reply.status == 200]
    assert item.get().content == done.content
    assert {reply.json["currentVersion"] for reply in replies if reply.status == 412} == {2}
    assert len(item.ledger) == 2


@pytest.mark.parametrize("route", ["movement", "transaction", "batch", "patch"])
def test_one_key_sent_32_times_is_one_effect(given: Given, crowd: Crowd, route: str) -> None:
    """Scenario 6."""
    item = given.stocked(40)
    client = given.tenant.operator
    request = {
        "movement": posting(item, "sale", 1, key="once"),
        "transaction": Sent(client, "POST", "/v1/inventory/transactions", item.entry("sale", 1), key="once"),
        "batch": Sent(client, "POST", "/v1/inventory/batch", {"items": [item.entry("sale", 1)]}, key="once"),
        "patch": Sent(client, "PATCH", item.path, {"inventoryLevel": 39, "version": 1}, key="once"),
    }[route]
    replies = crowd.send([request] * 32)
    assert statuses(replies) == {201 if route in {"movement", "transaction"} else 200: 32}
    assert len({(reply.content, reply.headers.get("etag"), reply.headers.get("location")) for reply in replies}) == 1
    assert sum("idempotent-replayed" in reply.headers for reply in replies) == 31
    assert (item.balances[0], item.version, len(item.ledger)) == (39, 2, 2)


def test_one_key_of_a_refused_request_is_refused_32_times(given: Given, crowd: Crowd) -> None:
    item = given.stocked(1)
    assert statuses(crowd.send([posting(item, "sale", 2, key="once")] * 32)) == {409: 32}
    assert crowd.one(posting(item, "sale", 1, key="once")).status == 201


def test_one_key_with_two_bodies_at_once_is_one_of_them(given: Given, crowd: Crowd) -> None:
    item = given.stocked(40)
    replies = crowd.send([posting(item, "sale", 1 + number % 2, key="once") for number in range(32)])
    assert statuses(replies) == {201: 16, 422: 16}
    assert len(item.ledger) == 2


def test_released_and_shipped_at_once_happens_once(given: Given, crowd: Crowd) -> None:
    """Scenario 21."""
    item = given.stocked(20)
    reservations = [item.posted("reservation", 1)["reservationId"] for _ in range(20)]
    replies = crowd.send(
        [posting(item, kind, 1, reservationId=name) for name in reservations for kind in ("release", "shipment")]
    )
    for release, shipment in zip(replies[::2], replies[1::2], strict=True):
        # A release after the shipment has nothing to give back; a shipment after the release nothing to ship.
        assert sorted([release.status, shipment.status]) == [201, 409]
    shipped = sum(reply.status == 201 for reply in replies[1::2])
    assert item.balances == (20 - shipped, 0, 0, 20 - shipped)


def test_32_releases_of_one_reservation_give_it_back_once(given: Given, crowd: Crowd) -> None:
    """Scenario 21."""
    item = given.stocked(10)
    name = item.posted("reservation", 10)["reservationId"]
    replies = crowd.send([posting(item, "release", reservationId=name) for _ in range(32)])
    assert statuses(replies) == {201: 32}
    assert sum(len(reply.json["transactions"]) for reply in replies) == 1
    assert (item.balances, item.version) == ((10, 0, 0, 10), 3)


def test_a_reservation_that_expires_while_it_ships_has_one_end(given: Given, crowd: Crowd) -> None:
    """Scenario 17."""
    item = given.stocked(24)
    ends = datetime.now(UTC) + timedelta(milliseconds=700)
    names = [item.posted("reservation", 1, expiresAt=ends.isoformat())["reservationId"] for _ in range(24)]
    wait_for(ends - timedelta(milliseconds=20))
    replies = crowd.send([posting(item, "shipment", 1, reservationId=name) for name in names])
    assert set(statuses(replies)) <= {201, 409}
    shipped = statuses(replies).get(201, 0)
    wait_for(ends)
    item.posted("adjustment", 1, reason="x")
    assert item.balances == (25 - shipped, 0, 0, 25 - shipped)


def test_nothing_is_lost_when_stock_comes_and_goes(given: Given, crowd: Crowd) -> None:
    item = given.stocked(32)
    requests = [posting(item, "receipt", 2, warehouseLocation="W1") for _ in range(32)]
    requests += [posting(item, "sale", 1) for _ in range(32)]
    assert statuses(crowd.send(requests)) == {201: 64}
    assert (item.balances, item.version) == ((64, 0, 0, 64), 65)
