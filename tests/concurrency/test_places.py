"""Stock between places: nothing is made or lost on the way, and a place is not taken away under what lies there."""

import pytest

from tests.support.crowd import Crowd, Sent, batch, posting, refusals, statuses
from tests.support.stock import Given, Item

pytestmark = pytest.mark.xdist_group("live")


def _moved(item: Item, reservation: str, quantity: int) -> Sent:
    """Return the move of a reservation from W1 to W2: given back there and taken here, or neither."""
    lines = [
        item.entry("release", reservationId=reservation),
        item.entry("reservation", quantity, warehouseLocation="W2"),
    ]
    return batch(item, lines)


def test_a_reservation_moves_to_a_place_that_has_enough_or_stays(given: Given, crowd: Crowd) -> None:
    """A reservation is moved to a place that holds less: it is released here and promised there from nothing."""
    item = given.stocked(20)
    given.stocked(8, warehouse="W2")
    big = item.posted("reservation", 9, warehouseLocation="W1")["reservationId"]
    assert refusals([crowd.one(_moved(item, big, 9))]) == {(409, "insufficient_stock"): 1}
    assert item.levels == {("W1", None): (20, 9, 0, 11), ("W2", None): (8, 0, 0, 8)}
    item.posted("release", reservationId=big)
    small = [item.posted("reservation", 1, warehouseLocation="W1")["reservationId"] for _ in range(20)]
    replies = crowd.send([_moved(item, name, 1) for name in small])
    assert (statuses(replies), refusals(replies)) == ({200: 8, 409: 12}, {(409, "insufficient_stock"): 12})
    assert item.levels == {("W1", None): (20, 12, 0, 8), ("W2", None): (8, 8, 0, 0)}


def test_20_moves_of_stock_that_is_partly_held_leave_what_is_held(given: Given, crowd: Crowd) -> None:
    """A transfer takes stock from under a reservation, because it looks at what lies there and not at what is free."""
    item = given.stocked(20)
    given.stocked(1, warehouse="W2")
    item.posted("reservation", 12, warehouseLocation="W1")
    moves = [
        posting(item, "transfer", 1, warehouseLocation="W1", toWarehouseLocation="W2").under_another_key()
        for _ in range(20)
    ]
    assert statuses(crowd.send(moves)) == {201: 8, 409: 12}
    assert item.levels == {("W1", None): (12, 12, 0, 0), ("W2", None): (9, 0, 0, 9)}


def test_transfers_against_each_other_conserve_the_stock(given: Given, crowd: Crowd) -> None:
    """Two halves of a transfer are two transactions: what meets between them is lost or doubled."""
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


def test_a_warehouse_is_deleted_or_used_never_both(given: Given, crowd: Crowd) -> None:
    """A place disappears between the look whether it is used and its removal, and stock lies nowhere."""
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


def test_open_reservations_outlive_an_archived_place_and_a_renamed_product(given: Given, crowd: Crowd) -> None:
    """What is held is tied to a name that people may change: after a rename or a closure nobody can ship or release."""
    item = given.stocked(32)
    held = [item.posted("reservation", 1)["reservationId"] for _ in range(32)]
    client = given.tenant.operator
    ends = [
        posting(item, "shipment" if number % 2 else "release", 1, reservationId=name)
        for number, name in enumerate(held)
    ]
    changes = [
        Sent(client, "PATCH", "/v1/warehouses/W1", {"status": "archived", "version": 1}),
        Sent(client, "PATCH", "/v1/products/P1", {"sku": "NEW-SKU", "name": "Renamed", "version": 1}),
        Sent(client, "DELETE", "/v1/warehouses/W1?version=1"),
        Sent(client, "DELETE", "/v1/products/P1?version=1"),
    ]
    archived, renamed, *gone = crowd.send([*changes, *ends])[: len(changes)]
    assert (archived.status, renamed.status) == (200, 200)
    assert set(refusals(gone)) <= {(409, "version_conflict"), (409, "resource_in_use")}
    assert statuses(gone) == {409: 2}
    assert (item.balances, item.version) == ((16, 0, 0, 16), 65)
