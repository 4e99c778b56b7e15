"""Lists in opposite order, first things made at once, two tenants, a feed read while it grows."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.api import TestTenant
from tests.support.crowd import Crowd, Sent, posting, statuses
from tests.support.stock import Given, Item, fresh_key, relay

pytestmark = pytest.mark.xdist_group("live")


def test_lists_in_opposite_order_neither_deadlock_nor_fail(given: Given, crowd: Crowd) -> None:
    """Scenario 5."""
    items = [given.stocked(1000, product=f"P{number}") for number in range(6)]
    lines = [item.entry("sale", 1) for item in items]
    client = given.tenant.operator
    requests = [
        Sent(client, "POST", "/v1/inventory/batch", {"items": lines[:: 1 if number % 2 else -1]}, key=fresh_key())
        for number in range(32)
    ]
    assert statuses(crowd.send(requests)) == {200: 32}
    assert [item.balances[0] for item in items] == [968] * 6


def test_lists_and_single_callers_share_the_items(given: Given, crowd: Crowd) -> None:
    """Scenario 27."""
    items = [given.stocked(10_000, product=f"P{number}") for number in range(4)]
    client = given.tenant.operator
    lines = [items[number % 4].entry("sale", 1) for number in range(200)]
    requests = [
        Sent(client, "POST", "/v1/inventory/batch", {"items": lines[:: 1 if number % 2 else -1]}, key=fresh_key())
        for number in range(4)
    ]
    requests += [posting(items[number % 4], "reservation", 1) for number in range(24)]
    replies = crowd.send(requests)
    assert statuses(replies) == {200: 4, 201: 24}
    assert [item.balances for item in items] == [(9800, 6, 0, 9794)] * 4


def test_transfers_against_each_other_conserve_the_stock(given: Given, crowd: Crowd) -> None:
    """Scenarios 4 and 30."""
    house = given.stocked(100)
    theirs = given.stocked(100, partner="R1", warehouse="RW")
    given.stocked(100, warehouse="W2")
    requests = [
        posting(house, "transfer", 1, warehouseLocation="W1", toWarehouseLocation="RW"),
        posting(theirs, "transfer", 1, warehouseLocation="RW", toWarehouseLocation="W1"),
        posting(house, "transfer", 1, warehouseLocation="W1", toWarehouseLocation="W2"),
        posting(house, "transfer", 1, warehouseLocation="W2", toWarehouseLocation="W1"),
    ] * 8
    assert statuses(crowd.send([request.under_another_key() for request in requests])) == {201: 32}
    assert house.levels == {("W1", None): (100, 0, 0, 100), ("W2", None): (100, 0, 0, 100)}
    assert theirs.balances == (100, 0, 0, 100)


@pytest.mark.parametrize("members", [{}, {"batchNumber": "B1", "expirationDate": "2999-01-01"}])
@pytest.mark.parametrize("partner", [None, "R1"])
def test_32_first_receipts_make_one_item_one_level_one_batch(
    given: Given, crowd: Crowd, members: dict[str, Any], partner: str | None
) -> None:
    given.item()
    given.warehouse("RW", partner="R1")
    item = Item(given.tenant, "S1", "P1", partner)
    place = "RW" if partner else "W1"
    replies = crowd.send([posting(item, "receipt", 1, warehouseLocation=place, **members) for _ in range(32)])
    assert statuses(replies) == {201: 32}
    assert item.levels == {(place, members.get("batchNumber")): (32, 0, 0, 32)}
    assert item.version == 32


def test_first_receipts_that_disagree_about_a_batchs_expiry_keep_one(given: Given, crowd: Crowd) -> None:
    item = given.item()
    days = ["2998-01-01", "2999-01-01"]
    replies = crowd.send(
        [
            posting(item, "receipt", 1, warehouseLocation="W1", batchNumber="B", expirationDate=days[number % 2])
            for number in range(32)
        ]
    )
    assert statuses(replies) == {201: 16, 409: 16}
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"invalid_state"}
    assert item.levels == {("W1", "B"): (16, 0, 0, 16)}


def test_32_first_levels_at_once_are_one_for_each_place(given: Given, crowd: Crowd) -> None:
    item = given.item()
    for number in range(4):
        given.warehouse(f"P{number}")
    replies = crowd.send([posting(item, "count", 5, warehouseLocation=f"P{number % 4}") for number in range(32)])
    assert statuses(replies) == {201: 32}
    assert item.levels == {(f"P{number}", None): (5, 0, 0, 5) for number in range(4)}


def test_a_warehouse_is_deleted_or_used_never_both(given: Given, crowd: Crowd) -> None:
    """Scenario 32."""
    item = given.item()
    places = [f"T{number}" for number in range(12)]
    for place in places:
        given.warehouse(place)
    client = given.tenant.operator
    requests = []
    for place in places:
        requests.append(Sent(client, "DELETE", f"/v1/warehouses/{place}?version=1"))
        requests.append(posting(item, "receipt", 1, warehouseLocation=place))
    replies = crowd.send(requests)
    outcomes = {(gone.status, came.status) for gone, came in zip(replies[::2], replies[1::2], strict=True)}
    assert outcomes <= {(204, 404), (204, 409), (409, 201)}
    used = sum(reply.status == 201 for reply in replies[1::2])
    assert len(item.ledger) == used


def test_two_tenants_with_the_same_names_and_keys_do_not_meet(
    given: Given, other_tenant: TestTenant, crowd: Crowd
) -> None:
    """Scenario 31."""
    mine, theirs = given.stocked(10), Given(other_tenant).stocked(10)
    requests = [posting(item, "sale", 1, key=f"k{number}") for number in range(16) for item in (mine, theirs)]
    replies = crowd.send(requests)
    assert statuses(replies[::2]) == statuses(replies[1::2]) == {201: 10, 409: 6}
    assert not any("idempotent-replayed" in reply.headers for reply in replies)
    assert (mine.version, theirs.version) == (11, 11)


def test_a_feed_read_while_it_grows_shows_everything_once_and_in_order(given: Given, crowd: Crowd) -> None:
    """Scenario 15."""
    items = [given.stocked(100, product=f"P{number}") for number in range(2)]
    requests = [posting(items[number % 2], "sale", 1) for number in range(60)]
    seen: dict[str, list[int]] = {"S1/P0": [], "S1/P1": []}
    cursor = ""
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(crowd.send, requests)
        finished = False
        while not finished:
            finished = writing.done()
            relay()
            more = True
            while more:
                query = f"?limit=7{f'&cursor={cursor}' if cursor else ''}"
                page = given.tenant.operator.get(f"/v1/inventory/changes{query}").json
                for event in page["data"]:
                    seen[event["subject"]].append(int(event["sequence"]))
                cursor, more = page["nextCursor"], page["hasMore"]
    assert statuses(writing.result()) == {201: 60}
    assert seen == {"S1/P0": list(range(1, 32)), "S1/P1": list(range(1, 32))}
