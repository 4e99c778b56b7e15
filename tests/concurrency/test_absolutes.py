"""Absolute quantities, set and counted while stock moves: no movement is erased by a number that did not know of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crowd import Crowd, Sent, batch, posting, refusals, statuses
from tests.support.interleaving import Hold
from tests.support.stock import Given

pytestmark = pytest.mark.xdist_group("live")


def test_32_changes_from_one_reading_are_one_change(given: Given, crowd: Crowd) -> None:
    """Each of several callers sets what it computed from the same reading, and the last one wins."""
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


@pytest.mark.parametrize(("by_header", "refusal"), [(True, 412), (False, 409)], ids=["If-Match", "version"])
def test_a_level_set_from_a_reading_before_a_sale_does_not_erase_the_sale(
    given: Given, crowd: Crowd, hold: Hold, *, by_header: bool, refusal: int
) -> None:
    """Somebody read 10, three were sold, the 15 that they set includes the three again."""
    item = given.stocked(10)
    read = crowd.one(Sent(given.tenant.operator, "GET", item.path))
    since = crowd.one(Sent(given.tenant.operator, "GET", "/v1/inventory/transactions")).json["data"]
    hold.events()
    selling = crowd.begin(batch(item, [item.entry("sale", 3)]), process=0)
    hold.wait_for(1)
    body = {"inventoryLevel": 15} if by_header else {"inventoryLevel": 15, "version": read.json["version"]}
    tag = read.headers["etag"] if by_header else None
    setting = crowd.begin(Sent(given.tenant.operator, "PATCH", item.path, body, if_match=tag), process=1)
    hold.wait_for(2)
    hold.let_go()
    assert selling.result().status == 200
    assert refusals([setting.result()]) == {(refusal, "version_conflict"): 1}
    assert setting.result().json["currentVersion"] == 2
    missed = [row for row in item.ledger if row["version"] > read.json["version"]]
    assert (len(since), [(row["type"], row["inventoryLevelChange"]) for row in missed]) == (1, [("sale", -3)])
    assert (item.balances, item.version) == ((7, 0, 0, 7), 2)


def test_a_count_that_arrives_late_keeps_what_was_booked_since(given: Given, crowd: Crowd) -> None:
    """A count of the evening, entered in the morning, sets the level back to the evening: the night's sales are undone."""
    item = given.stocked(100)
    item.posted("sale", 3)
    counted = datetime.now(UTC).isoformat()
    item.posted("sale", 4)
    item.posted("receipt", 10, warehouseLocation="W1")
    reply = crowd.one(posting(item, "count", 95, warehouseLocation="W1", countedAt=counted))
    assert reply.status == 201
    assert [row["inventoryLevelChange"] for row in item.ledger] == [100, -3, -4, 10, -2]
    assert (item.balances[0], item.version) == (95 - 4 + 10, 5)


def test_counts_of_one_moment_among_32_sales_erase_none(given: Given, crowd: Crowd) -> None:
    """A count and a sale meet: the count is computed without the sale and written after it."""
    item = given.stocked(100)
    counted = datetime.now(UTC).isoformat()
    requests = [posting(item, "sale", 1) for _ in range(32)]
    requests += [posting(item, "count", 100, warehouseLocation="W1", countedAt=counted) for _ in range(8)]
    assert statuses(crowd.send(requests)) == {201: 40}
    assert (item.balances, item.version) == ((68, 0, 0, 68), 41)
    assert sum(row["inventoryLevelChange"] for row in item.ledger if row["type"] == "count") == 0


def test_a_difference_that_is_counted_twice_is_booked_once(given: Given, crowd: Crowd) -> None:
    """A second count of one evening takes the correction of the first for a sale of the night: it is corrected twice."""
    item = given.stocked(100)
    counted = datetime.now(UTC)
    item.posted("sale", 4)
    for moment in (counted, counted, counted + timedelta(microseconds=1)):
        reply = crowd.one(posting(item, "count", 95, warehouseLocation="W1", countedAt=moment.isoformat()))
        assert reply.status == 201
    assert item.balances[0] == 91
    assert [row["inventoryLevelChange"] for row in item.ledger if row["type"] == "count"] == [-5, 0, 0]


def test_an_older_count_that_comes_after_a_newer_one_changes_nothing(given: Given, crowd: Crowd) -> None:
    """Counts arrive out of order, and the older one is believed: what the newer one found is corrected again."""
    item = given.stocked(100)
    older = datetime.now(UTC)
    item.posted("sale", 4)
    newer = datetime.now(UTC)
    item.posted("sale", 3)
    for quantity, moment in ((90, newer), (95, older)):
        reply = crowd.one(posting(item, "count", quantity, warehouseLocation="W1", countedAt=moment.isoformat()))
        assert reply.status == 201
    assert item.balances[0] == 90 - 3


def test_a_sale_from_before_the_count_that_is_booked_late_is_not_kept(given: Given, crowd: Crowd) -> None:
    """What happened before the count but was booked after it was counted already: taken off once more."""
    item = given.stocked(100)
    sold = datetime.now(UTC)
    counted = datetime.now(UTC)
    item.posted("sale", 4, occurredAt=sold.isoformat())
    reply = crowd.one(posting(item, "count", 96, warehouseLocation="W1", countedAt=counted.isoformat()))
    assert reply.status == 201
    assert item.balances[0] == 96
