"""What leaves for an order, what arrives and what comes back: each once, whoever says so at the same moment."""

from typing import Any

import pytest

from tests.support.crowd import Crowd, Sent, statuses
from tests.support.orders import PATH, RETURNS, Placed, order_body, packed, return_body
from tests.support.stock import Given, Item, fresh_key

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def item(given: Given) -> Item:
    """Return forty pieces, and a partner with a warehouse of its own."""
    item = given.stocked(40)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    return item


def _confirmed(item: Item, quantity: int) -> Placed:
    order = Placed.placed(item.tenant, order_body(item, quantity, deliveryWarehouse="WR1"))
    order.done("confirm")
    return order


def _theirs(item: Item) -> Item:
    return Item(item.tenant, item.supplier, item.product, "R1")


def _send(item: Item, path: str, **members: Any) -> Sent:
    return Sent(item.tenant.operator, "POST", path, members, key=fresh_key())


def _received(quantity: int) -> list[dict[str, Any]]:
    return [{"productId": "P1", "received": quantity}]


def test_packed_32_times_no_more_is_packed_than_is_open(item: Item, crowd: Crowd) -> None:
    """Shipments are each checked against what is open without the others: more is packed than was ordered."""
    order = _confirmed(item, 8)
    package = {"items": [{"productId": "P1", "quantity": 1}]}
    replies = crowd.send([_send(item, "/v1/shipments", orderId=order.code, packages=[package]) for _ in range(32)])
    assert (statuses(replies), item.balances) == ({201: 8, 409: 24}, (40, 8, 0, 32))


def test_dispatched_32_times_it_leaves_once(item: Item, crowd: Crowd) -> None:
    """A shipment leaves with each who saw it packed: stock pays several times for one parcel."""
    order = _confirmed(item, 2)
    path = f"/v1/shipments/{packed(order, ('P1', 2))}/dispatch"
    assert statuses(crowd.send([_send(item, path) for _ in range(32)])) == {200: 1, 409: 31}
    assert (item.balances, order.sums) == ((38, 0, 0, 38), {"confirmed": 2, "shipped": 2})
    assert _theirs(item).get().json["incomingQuantity"] == 2


def test_cancelled_shipped_and_cancelled_again_at_once_it_has_one_end(item: Item, crowd: Crowd) -> None:
    """Cancelled while it ships: the stock is given back and gone, and what is reserved sinks below nought."""
    orders = [_confirmed(item, 2) for _ in range(16)]
    ships = [f"/v1/shipments/{packed(order, ('P1', 2))}/dispatch" for order in orders]
    cancels = [f"{PATH}/{order.code}/cancel" for order in orders]
    replies = crowd.send(
        [_send(item, path) for ship, cancel in zip(ships, cancels, strict=True) for path in (cancel, ship, cancel)]
    )
    shipped = 0
    for number, order in enumerate(orders):
        first, ship, second = (reply.status for reply in replies[3 * number : 3 * number + 3])
        assert sorted((first, ship, second)) == [200, 409, 409]
        assert order.status == ("shipped" if ship == 200 else "cancelled")
        shipped += 2 if ship == 200 else 0
    assert item.balances == (40 - shipped, 0, 0, 40 - shipped)
    assert _theirs(item).get().status == (200 if shipped else 404)


def test_a_part_is_shipped_while_the_rest_is_cancelled(item: Item, crowd: Crowd) -> None:
    """What is packed leaves while the order gives up all that has not left: it is given up and has left."""
    orders = [_confirmed(item, 2) for _ in range(16)]
    paths = [(f"/v1/shipments/{packed(order, ('P1', 1))}/dispatch", f"{PATH}/{order.code}/cancel") for order in orders]
    replies = crowd.send([_send(item, path) for pair in paths for path in pair])
    left = 0
    for order, ship, cancel in zip(orders, replies[::2], replies[1::2], strict=True):
        assert (ship.status, cancel.status) in {(200, 200), (409, 200)}
        sums = order.sums
        assert (sums.get("shipped", 0), sums["cancelled"]) == ((1, 1) if ship.status == 200 else (0, 2))
        left += sums.get("shipped", 0)
    assert item.balances == (40 - left, 0, 0, 40 - left)


def test_32_receipts_of_one_piece_each_receive_what_was_shipped(item: Item, crowd: Crowd) -> None:
    """Receipts in parts are each checked against the same rest: more arrives at the shop than was sent to it."""
    order = _confirmed(item, 32)
    order.shipped(32)
    path = f"{PATH}/{order.code}/receive"
    assert statuses(crowd.send([_send(item, path, items=_received(1)) for _ in range(32)])) == {200: 32}
    assert (order.status, order.sums) == ("received", {"confirmed": 32, "shipped": 32, "received": 32})
    assert (_theirs(item).balances, item.balances) == ((32, 0, 0, 32), (8, 0, 0, 8))


def test_received_by_both_parties_at_once_it_arrives_once(item: Item, crowd: Crowd) -> None:
    """The carrier's word of the shipment and the shop's of its order are each booked: one parcel arrives twice."""
    orders = [_confirmed(item, 2) for _ in range(16)]
    shipments = [order.shipped(2) for order in orders]
    replies = crowd.send(
        [
            _send(item, path)
            for order, code in zip(orders, shipments, strict=True)
            for path in (f"{PATH}/{order.code}/receive", f"/v1/shipments/{code}/deliver")
        ]
    )
    assert statuses(replies) == {200: 16, 409: 16}
    assert ({order.status for order in orders}, _theirs(item).balances) == ({"received"}, (32, 0, 0, 32))


def test_what_came_back_32_times_came_back_once(item: Item, crowd: Crowd) -> None:
    """Returns are each checked against what was shipped without the others: more comes back than ever left."""
    order = _confirmed(item, 4)
    order.shipped(4)
    order.done("receive")
    replies = crowd.send([_send(item, RETURNS, **return_body(order.code, 1)) for _ in range(32)])
    assert statuses(replies) == {201: 4, 409: 28}
    assert (order.sums["returned"], item.balances, _theirs(item).balances) == (4, (40, 0, 0, 40), (0, 0, 0, 0))


def test_the_partner_sells_or_sends_back_each_piece(item: Item, crowd: Crowd) -> None:
    """A return takes from the partner what it sells at that moment: the piece is at the house and with a customer."""
    order = _confirmed(item, 8)
    order.shipped(8)
    order.done("receive")
    theirs = _theirs(item)
    sale = {"type": "sale", "quantity": 1}
    sales = [Sent(item.tenant.operator, "POST", theirs.path, sale, key=fresh_key()) for _ in range(8)]
    replies = crowd.send([*sales, *(_send(item, RETURNS, **return_body(order.code, 1)) for _ in range(8))])
    sold, back = (statuses(part).get(201, 0) for part in (replies[:8], replies[8:]))
    assert (sold + back, theirs.balances, item.balances) == (8, (0, 0, 0, 0), (32 + back, 0, 0, 32 + back))
    assert order.sums.get("returned", 0) == back


def test_orders_shipped_both_ways_over_the_same_items_all_leave(given: Given, item: Item, crowd: Crowd) -> None:
    """A dispatch locks the house's items and the shop's, and another does so the other way round: one dies of it."""
    other = given.stocked(40, product="P2")
    shipments = []
    for number in range(24):
        lines = [{"productId": each.product, "quantity": 1} for each in (item, other)][:: (-1) ** number]
        order = Placed.placed(item.tenant, order_body(item, 1, items=lines, deliveryWarehouse="WR1"))
        order.done("confirm")
        shipments.append(packed(order, *((line["productId"], 1) for line in lines)))
    assert statuses(crowd.send([_send(item, f"/v1/shipments/{code}/dispatch") for code in shipments])) == {200: 24}
    assert statuses(crowd.send([_send(item, f"/v1/shipments/{code}/deliver") for code in shipments])) == {200: 24}
    assert [each.balances[0] for each in (item, other, _theirs(item))] == [16, 16, 24]
