"""Many callers of one item that is shared out: the guarantee holds, each crossing is told once, a recall is whole."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crowd import Crowd, Sent, posting, statuses
from tests.support.notices import CROSSINGS, waiting
from tests.support.stock import Given, Item, fresh_key, refused, wait_for

pytestmark = pytest.mark.xdist_group("live")


def _allocated(item: Item, quantity: int, **members: str) -> str:
    body = {"supplierId": item.supplier, "productId": item.product, "quantity": quantity, **members}
    answer = item.tenant.operator.post("/v1/allocations", body)
    assert answer.status == 201, answer.json
    return f"/v1/allocations/{answer.json['allocationId']}"


def _use(item: Item, path: str) -> tuple[int, int, int]:
    body = item.tenant.operator.get(path).json
    return body["soldQuantity"], body["heldQuantity"], body["openQuantity"]


def _reserving(item: Item, partner: str) -> Sent:
    client = item.tenant.retailer(partner)
    return Sent(client, "POST", item.path, {"type": "reservation", "quantity": 1}, key=fresh_key())


@pytest.fixture
def shared(given: Given) -> Item:
    """Return an item with 30 in stock that R1 and R2 may buy."""
    item = given.stocked(30)
    given.agreement("R1")
    given.agreement("R2")
    return item


def test_32_others_leave_the_guarantee_alone(shared: Item, crowd: Crowd) -> None:
    """A share is looked at before the take and not in it: two callers see the same free piece, and the guarantee is sold."""
    pool = _allocated(shared, 20, retailPartnerId="R1")
    others = [posting(shared, "sale", 1) for _ in range(16)] + [_reserving(shared, "R2") for _ in range(16)]
    assert statuses(crowd.send(others)) == {201: 10, 409: 22}
    assert (shared.balances[3], _use(shared, pool)) == (20, (0, 0, 20))
    assert statuses(crowd.send([_reserving(shared, "R1") for _ in range(32)])) == {201: 20, 409: 12}
    assert (shared.balances[3], _use(shared, pool)) == (0, (0, 20, 0))


def test_32_of_both_at_once_each_get_what_is_theirs(shared: Item, crowd: Crowd) -> None:
    """A partner and strangers take at once: the strangers are served from the share, or the partner is counted twice."""
    pool = _allocated(shared, 20, retailPartnerId="R1")
    mine, others = [_reserving(shared, "R1") for _ in range(32)], [_reserving(shared, "R2") for _ in range(32)]
    replies = crowd.send([each for pair in zip(mine, others, strict=True) for each in pair])
    got = Counter("R1" if index % 2 == 0 else "R2" for index, reply in enumerate(replies) if reply.status == 201)
    # The partner takes what is common too, so how the ten are shared is a race; the guarantee is not.
    assert (got.total(), got["R1"] >= 20, got["R2"] <= 10) == (30, True, True)
    sold, held, open_ = _use(shared, pool)
    assert (sold, held, open_, shared.balances) == (0, got["R1"], 0, (30, 30, 0, 0))


def test_32_pools_of_one_share_are_one(shared: Item, crowd: Crowd) -> None:
    """Each of several callers makes the share that it did not find: a partner is guaranteed 32 times what was meant."""
    body = {"supplierId": "S1", "productId": "P1", "quantity": 20, "retailPartnerId": "R1"}
    client = shared.tenant.operator
    replies = crowd.send([Sent(client, "POST", "/v1/allocations", body, key=fresh_key()) for _ in range(32)])
    assert statuses(replies) == {201: 1, 409: 31}
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"already_exists"}
    assert len(client.get("/v1/allocations").json["data"]) == 1


def test_32_pools_guarantee_no_more_than_there_is(shared: Item, crowd: Crowd) -> None:
    """Each of several shares is checked against the stock without the others: more is guaranteed than lies there."""
    client = shared.tenant.operator
    bodies = [
        {"supplierId": "S1", "productId": "P1", "quantity": 4, "channel": f"channel-{number}"} for number in range(32)
    ]
    replies = crowd.send([Sent(client, "POST", "/v1/allocations", body, key=fresh_key()) for body in bodies])
    assert statuses(replies) == {201: 7, 409: 25}
    refused(shared.post("sale", 3), 409, "insufficient_stock", available=2)


def test_32_changes_from_one_reading_of_a_pool_are_one(shared: Item, crowd: Crowd) -> None:
    """A share's version is compared before the item is locked: each of several changes from one reading is let in."""
    path = _allocated(shared, 1, retailPartnerId="R1")
    client = shared.tenant.operator
    tag = client.get(path).headers["ETag"]
    changes = [Sent(client, "PATCH", path, {"quantity": 2 + number % 20}, if_match=tag) for number in range(32)]
    assert statuses(crowd.send(changes)) == {200: 1, 412: 31}
    assert client.get(path).json["version"] == 2


def test_a_pool_and_those_who_would_take_it_at_once(shared: Item, crowd: Crowd) -> None:
    """A share is made while its stock is sold: what is guaranteed is gone already when the guarantee is given."""
    client = shared.tenant.operator
    body = {"supplierId": "S1", "productId": "P1", "quantity": 15, "retailPartnerId": "R1"}
    making = Sent(client, "POST", "/v1/allocations", body, key=fresh_key())
    replies = crowd.send(
        [*(posting(shared, "sale", 1) for _ in range(16)), making, *(posting(shared, "sale", 1) for _ in range(16))]
    )
    sold = statuses([reply for index, reply in enumerate(replies) if index != 16])[201]
    made = replies[16].status == 201
    assert sold == (15 if made else 30)
    assert shared.balances[3] == 30 - sold


def test_32_sales_tell_each_crossing_once(given: Given, crowd: Crowd) -> None:
    """A threshold is compared outside the movement's transaction: a crossing is told by several, or by none."""
    item = given.stocked(32)
    item.patch({"reorderThreshold": 10, "reorderThresholds": {"W1": 20}}, if_match="*")
    assert statuses(crowd.send([posting(item, "sale", 1) for _ in range(40)])) == {201: 32, 409: 8}
    low, out, back = CROSSINGS
    # Versions: 1 the receipt, 2 the thresholds; 24 the sale that leaves 10, 14 the one that leaves 20, 34 the last.
    assert sorted(waiting(given.tenant, CROSSINGS)) == sorted(
        [(low, "S1/P1", 24), (low, "S1/P1@W1", 14), (out, "S1/P1", 34), (out, "S1/P1@W1", 34)]
    )
    receipts = [posting(item, "receipt", 1, warehouseLocation="W1") for _ in range(32)]
    assert statuses(crowd.send(receipts)) == {201: 32}
    assert sorted(waiting(given.tenant, [back])) == [(back, "S1/P1", 35), (back, "S1/P1@W1", 35)]


def _recall(item: Item, batch: str) -> Sent:
    body = {"supplierId": item.supplier, "productId": item.product, "reason": "Glass"}
    return Sent(item.tenant.operator, "POST", f"/v1/batches/{batch}/hold", body, key=fresh_key())


def test_a_recall_among_32_takers_leaves_nothing_of_it_promised(given: Given, crowd: Crowd) -> None:
    """A batch is held while it is taken: who looked before the hold takes after it, and the promise stands."""
    item = given.stocked(50, batch="B1", expires="2034-01-01")
    item.posted("receipt", 64, warehouseLocation="W1", batchNumber="B2", expirationDate="2035-01-01")
    takers = [posting(item, kind, 2) for kind in ("sale", "reservation") for _ in range(16)]
    replies = crowd.send([*takers[8:24], _recall(item, "B1"), *takers[:8], *takers[24:]])
    assert statuses(replies) == {200: 1, 201: 32}
    (held,) = [reply.json["version"] for reply in replies if reply.status == 200]
    ledger = [row for row in item.ledger if row["batchNumber"] == "B1"]
    assert [row for row in ledger if row["version"] > held] == []
    displaced = -sum(row["reservedChange"] for row in ledger if row["reason"] == "displaced")
    sold = -sum(row["inventoryLevelChange"] for row in ledger if row["type"] == "sale")
    assert displaced == sum(row["reservedChange"] for row in ledger if row["type"] == "reservation")
    assert item.levels == {
        ("W1", "B1"): (50 - sold, 0, 0, 0),
        ("W1", "B2"): (32 + sold, 32 - displaced, 0, sold + displaced),
    }


def test_50_orders_over_three_batches_one_expires_and_one_is_held_meanwhile(given: Given, crowd: Crowd) -> None:
    """What is counted as available and what is picked are two conditions: an expired or a held batch is sold."""
    item = given.item()
    expires = datetime.now(UTC) + timedelta(seconds=3)
    place = {"warehouseLocation": "W1"}
    item.posted("receipt", 20, batchNumber="FIRST", expirationDate=expires.isoformat(), **place)
    item.posted("receipt", 20, batchNumber="HELD", expirationDate="2034-01-01", **place)
    item.posted("receipt", 60, batchNumber="LAST", expirationDate="2035-01-01", **place)
    orders = [posting(item, "sale", 1) for _ in range(50)]
    early = crowd.send(orders[:10])
    wait_for(expires)
    late = crowd.send([*orders[10:30], _recall(item, "HELD"), *orders[30:]])
    assert (statuses(early), statuses(late)) == ({201: 10}, {200: 1, 201: 40})
    (held,) = [reply.json["version"] for reply in late if reply.status == 200]
    sales = [row for row in item.ledger if row["type"] == "sale"]
    # First expired first: the ten of the time when it was good, then the next until it was held, then the last.
    before = held - 3 - 10 - 1
    assert [row["batchNumber"] for row in sales] == [
        *["FIRST"] * 10,
        *["HELD"] * min(before, 20),
        *["LAST"] * (40 - min(before, 20)),
    ]
    refused(item.post("sale", 21 + min(before, 20)), 409, "insufficient_stock", available=20 + min(before, 20))
