"""Steps of transfers that meet: each has one outcome, and source, way and destination always add up."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.crowd import Crowd, Reply, Sent, posting, statuses
from tests.support.interleaving import holding
from tests.support.stock import Given, Item, fresh_key
from tests.support.transfers import Trip, arrived, plan_body

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def item(given: Given) -> Item:
    """Return forty pieces in W1, with W2 to send them to."""
    item = given.stocked(40)
    given.warehouse("W2")
    return item


def _step(trip: Trip, step: str, **members: Any) -> Sent:
    return Sent(trip.tenant.operator, "POST", f"{trip.path}/{step}", members, key=fresh_key())


def _codes(replies: list[Reply]) -> set[str]:
    return {reply.json["code"] for reply in replies if reply.status >= 400}


def test_32_receipts_of_one_piece_each_receive_what_was_sent_and_no_more(item: Item, crowd: Crowd) -> None:
    """Receipts in parts are each checked against the same remainder: more arrives than was sent."""
    trip = Trip.shipped(item, 16)
    replies = crowd.send([_step(trip, "receive", items=[arrived(item, 1)]) for _ in range(32)])
    assert (statuses(replies), _codes(replies)) == ({200: 16, 409: 16}, {"invalid_state"})
    assert sorted(reply.json["version"] for reply in replies if reply.status == 200) == list(range(3, 19))
    assert (trip.status, trip.sums) == ("received", [{"planned": 16, "shipped": 16, "received": 16}])
    assert item.levels == {("W1", None): (24, 0, 0, 24), ("W2", None): (16, 0, 0, 16)}


def test_received_and_cancelled_at_once_is_one_of_them(item: Item, crowd: Crowd) -> None:
    """A cancellation that gives back what has just been received makes stock of nothing."""
    trips = [Trip.shipped(item, 2) for _ in range(16)]
    replies = crowd.send(
        [
            request
            for trip in trips
            for request in (_step(trip, "receive", items=[arrived(item, 2)]), _step(trip, "cancel"))
        ]
    )
    received = 0
    for trip, receipt, cancellation in zip(trips, replies[::2], replies[1::2], strict=True):
        assert sorted([receipt.status, cancellation.status]) == [200, 409]
        received += receipt.status == 200
        assert trip.status == ("received" if receipt.status == 200 else "cancelled")
    assert item.levels["W1", None][0] == 40 - 2 * received
    assert sum(level[0] for level in item.levels.values()) == 40
    assert item.get().json["incomingQuantity"] == 0


def test_parts_that_arrive_while_it_is_cancelled_are_received_or_go_back(item: Item, crowd: Crowd) -> None:
    """A part is received and also goes back, or neither: the source, the way and the destination no longer add up."""
    trip = Trip.shipped(item, 31)
    replies = crowd.send(
        [*(_step(trip, "receive", items=[arrived(item, 1)]) for _ in range(30)), _step(trip, "cancel")]
    )
    received = statuses(replies[:-1]).get(200, 0)
    assert (replies[-1].status, trip.status) == (200, "cancelled")
    (line,) = trip.sums
    assert (line.get("received", 0), line["returned"], line.get("inTransit", 0)) == (received, 31 - received, 0)
    assert {place: level[0] for place, level in item.levels.items() if level[0]} == {
        place: quantity for place, quantity in ((("W1", None), 40 - received), (("W2", None), received)) if quantity
    }


def test_two_who_close_it_write_it_off_once(item: Item, crowd: Crowd) -> None:
    """Two who close a transfer each write off what is short: it is missing twice."""
    trip = Trip.shipped(item, 10)
    replies = crowd.send([_step(trip, "receive", items=[arrived(item, 3)], complete=True) for _ in range(16)])
    assert (statuses(replies), trip.sums) == (
        {200: 1, 409: 15},
        [{"planned": 10, "shipped": 10, "received": 3, "short": 7}],
    )
    assert item.balances == (33, 0, 0, 33)


def test_32_who_ship_it_ship_it_once(item: Item, crowd: Crowd) -> None:
    """A plan is shipped by each who saw it planned: the source pays several times for what is under way once."""
    trip = Trip.planned(item.tenant, plan_body(item, 1))
    assert statuses(crowd.send([_step(trip, "ship") for _ in range(32)])) == {200: 1, 409: 31}
    assert (item.balances[0], item.get().json["incomingQuantity"]) == (39, 1)


def test_one_key_of_a_receipt_sent_32_times_is_one_receipt(item: Item, crowd: Crowd) -> None:
    """A receipt that a scanner repeats is received again."""
    trip = Trip.shipped(item, 40)
    replies = crowd.send([_step(trip, "receive", items=[arrived(item, 1)])] * 32)
    assert statuses(replies) == {200: 32}
    assert len({reply.content for reply in replies}) == 1
    assert trip.sums == [{"planned": 40, "shipped": 40, "received": 1, "inTransit": 39}]


def test_the_last_pieces_are_shipped_or_reserved(given: Given, item: Item, crowd: Crowd) -> None:
    """A transfer and a reservation check the stock each in its own way, and both take the last piece."""
    item.posted("sale", 39)
    trips = [Trip.planned(item.tenant, plan_body(item, 1)) for _ in range(8)]
    takers = [_step(trip, "ship") for trip in trips] + [posting(item, "reservation", 1) for _ in range(8)]
    replies = crowd.send(takers)
    assert (sum(reply.status < 300 for reply in replies), _codes(replies)) == (1, {"insufficient_stock"})
    assert item.balances[3] == 0


def test_transfers_that_cross_wait_for_each_other_and_never_in_a_circle(given: Given, crowd: Crowd) -> None:
    """Transfers that name the same items in opposite orders, and lead opposite ways, wait for each other in a circle."""
    house = [given.stocked(40), given.stocked(40, product="P2")]
    theirs = [given.stocked(40, product=item.product, warehouse="WR1", partner="R1") for item in house]
    trips = []
    for number in range(24):
        pair = house if number % 2 else list(reversed(house))
        ends = {"fromWarehouseLocation": "WR1", "to": "W1"} if number % 3 else {"to": "WR1"}
        body = plan_body(pair[0], 1, **ends)
        body["items"].append({**body["items"][0], "productId": pair[1].product})
        trips.append(Trip.planned(given.tenant, body))
    assert statuses(crowd.send([_step(trip, "ship") for trip in trips])) == {200: 24}
    both = [arrived(house[0], 1), arrived(house[1], 1)]
    assert statuses(crowd.send([_step(trip, "receive", items=both) for trip in trips])) == {200: 24}
    assert [item.balances[0] for item in (*house, *theirs)] == [48, 48, 32, 32]


def test_what_a_reader_is_shown_is_of_one_moment(item: Item, crowd: Crowd) -> None:
    """A reader is shown a transfer at one version, and the lines that a step has given it at the next."""
    trip = Trip.planned(item.tenant, plan_body(item, 4))
    look = Sent(item.tenant.operator, "GET", trip.path)
    _ = look.client.token
    with ThreadPoolExecutor(1) as pool, holding(item.tenant.id) as hold:
        hold.lines_of_transfers()
        reply = pool.submit(crowd.one, look)
        hold.wait_for(1)
        hold.change("UPDATE inventory_transfer SET version = 2 WHERE tenant_id = %s")
        hold.change("UPDATE inventory_transferline SET planned = 5 WHERE tenant_id = %s")
        hold.let_see()
        shown = reply.result().json
    assert (shown["version"], shown["items"][0]["planned"]) == (1, 4)
    after = trip.get().json
    assert (after["version"], after["items"][0]["planned"]) == (2, 5)
