"""The ends of a reservation meet: released, shipped, expired. It has one."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crowd import Crowd, posting, refusals, statuses
from tests.support.stock import Given, wait_for

pytestmark = pytest.mark.xdist_group("live")


def test_released_shipped_and_released_again_at_once_happens_once(given: Given, crowd: Crowd) -> None:
    """Cancelled while it ships: the stock is given back and gone, and what is reserved sinks below nought."""
    item = given.stocked(20)
    names = [item.posted("reservation", 1)["reservationId"] for _ in range(20)]
    kinds = ("release", "shipment", "release")
    replies = crowd.send([posting(item, kind, 1, reservationId=name) for name in names for kind in kinds])
    shipped = 0
    for first, shipment, second in zip(replies[::3], replies[1::3], replies[2::3], strict=True):
        if shipment.status == 201:
            # A release after the shipment has nothing to give back.
            assert refusals([first, second]) == {(409, "insufficient_stock"): 2}
            shipped += 1
        else:
            # A shipment after a release has nothing to ship; the second release is harmless and books nothing.
            assert (refusals([shipment]), statuses([first, second])) == ({(409, "insufficient_stock"): 1}, {201: 2})
            assert sum(len(reply.json["transactions"]) for reply in (first, second)) == 1
    assert item.balances == (20 - shipped, 0, 0, 20 - shipped)
    assert (item.version, len(item.ledger)) == (41, 41)


def test_32_releases_of_one_reservation_give_it_back_once(given: Given, crowd: Crowd) -> None:
    """Cancelled twice at once: the stock is given back twice."""
    item = given.stocked(10)
    name = item.posted("reservation", 10)["reservationId"]
    replies = crowd.send([posting(item, "release", reservationId=name) for _ in range(32)])
    assert statuses(replies) == {201: 32}
    assert sum(len(reply.json["transactions"]) for reply in replies) == 1
    assert (item.balances, item.version) == ((10, 0, 0, 10), 3)


def test_32_shipments_of_one_reservation_ship_it_once(given: Given, crowd: Crowd) -> None:
    """Shipped twice at once: two parcels leave for one promise, the second out of somebody else's."""
    item = given.stocked(40)
    name = item.posted("reservation", 10)["reservationId"]
    replies = crowd.send([posting(item, "shipment", 10, reservationId=name) for _ in range(32)])
    assert (statuses(replies), refusals(replies)) == ({201: 1, 409: 31}, {(409, "insufficient_stock"): 31})
    assert (item.balances, item.version) == ((30, 0, 0, 30), 3)


def test_a_reservation_that_expires_while_it_ships_has_one_end(given: Given, crowd: Crowd) -> None:
    """Expiry and shipment each look, find it held, and each have their effect."""
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
