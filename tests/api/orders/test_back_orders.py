"""What an order waits for: promised in the step that brings the stock, once, and by the supplier's policy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.inventory.domain import kernel
from apps.inventory.tasks import fill_backorders_of_all_tenants, sweep_batches_of_all_tenants
from apps.outbox.unit_of_work import as_tenant
from tests.support.orders import Placed, order_body, told
from tests.support.stock import Given, Item, refused, wait_for
from tests.support.transfers import Trip, arrived

_WAITS = {"backorder": True}
_LASTS = """
    UPDATE inventory_stocklevel l SET expires_at = '2034-01-01' FROM inventory_stockitem i
    WHERE l.tenant_id = %(tenant)s AND i.tenant_id = l.tenant_id AND i.id = l.item_id AND i.product_id = %(product)s"""


@pytest.fixture
def item(given: Given) -> Item:
    """Return ten pieces, and two partners that may order them."""
    item = given.stocked(10)
    given.agreement()
    given.agreement("R2")
    return item


def _waiting(item: Item, quantity: int, **members: Any) -> Placed:
    return Placed.placed(item.tenant, order_body(item, quantity, line=_WAITS, **members))


def _sums(*orders: Placed) -> list[tuple[int, int]]:
    """What is held for each order, and what it waits for."""
    return [(order.sums.get("reserved", 0), order.sums.get("backordered", 0)) for order in orders]


def _policy(item: Item, policy: str) -> None:
    answer = item.tenant.operator.patch("/v1/suppliers/S1", {"backorderPolicy": policy}, if_match="*")
    assert (answer.status, answer.json["backorderPolicy"]) == (200, policy)


def test_a_line_that_may_wait_holds_what_there_is(item: Item) -> None:
    order = _waiting(item, 14)
    assert _sums(order) == [(10, 4)]
    assert item.balances == (10, 10, 0, 0)


def test_what_was_never_in_stock_may_be_waited_for(given: Given) -> None:
    item = given.item()
    given.agreement()
    order = _waiting(item, 3)
    assert (_sums(order), item.balances) == ([(0, 3)], (0, 0, 0, 0))
    item.posted("receipt", 5, warehouseLocation="W1")
    assert (_sums(order), item.balances) == ([(3, 0)], (5, 3, 0, 2))


def test_who_waits_is_served_before_who_asks_next(item: Item) -> None:
    first, second = _waiting(item, 14), _waiting(item, 5)
    assert _sums(first, second) == [(10, 4), (0, 5)]
    item.posted("receipt", 6, warehouseLocation="W1")
    assert _sums(first, second) == [(14, 0), (2, 3)]
    refused(item.post("sale", 1), 409, "insufficient_stock", available=0)
    item.posted("receipt", 5, warehouseLocation="W1")
    assert (_sums(first, second), item.balances) == ([(14, 0), (5, 0)], (21, 19, 0, 2))
    filled = [(subject, sequence) for kind, subject, sequence in told(item.tenant, "reservation.filled")]
    assert len(filled) == 3


def test_what_one_order_gives_up_goes_to_the_next(item: Item) -> None:
    first, second = _waiting(item, 10), _waiting(item, 5)
    first.done("cancel", {"items": [{"productId": "P1", "quantity": 4}]})
    assert _sums(first, second) == [(6, 0), (4, 1)]


def test_what_waits_is_given_up_before_what_is_held(item: Item) -> None:
    order = _waiting(item, 14)
    order.done("cancel", {"items": [{"productId": "P1", "quantity": 3}]})
    assert _sums(order) == [(10, 1)]
    order.done("cancel", {"items": [{"productId": "P1", "quantity": 3}]})
    assert (_sums(order), item.balances) == ([(8, 0)], (10, 8, 0, 2))
    order.done("cancel")
    assert (_sums(order), order.status, item.balances) == ([(0, 0)], "cancelled", (10, 0, 0, 10))


def test_a_line_that_only_waits_is_given_up(item: Item) -> None:
    first, second = _waiting(item, 10), _waiting(item, 5)
    second.done("cancel")
    item.posted("receipt", 6, warehouseLocation="W1")
    assert (_sums(first, second), item.balances) == ([(10, 0), (0, 0)], (16, 10, 0, 6))


def test_the_higher_priority_is_served_first_where_the_policy_says_so(item: Item) -> None:
    _policy(item, "priority")
    item.posted("sale", 10)
    low, high = _waiting(item, 5), _waiting(item, 5, priority=7)
    item.posted("receipt", 6, warehouseLocation="W1")
    assert _sums(low, high) == [(1, 4), (5, 0)]


def test_a_priority_that_is_raised_later_counts(item: Item) -> None:
    _policy(item, "priority")
    item.posted("sale", 10)
    first, second = _waiting(item, 5), _waiting(item, 5)
    answer = item.tenant.operator.patch(f"/v1/orders/{second.code}", {"priority": 3, "version": 1})
    assert answer.status == 200
    item.posted("receipt", 5, warehouseLocation="W1")
    assert _sums(first, second) == [(0, 5), (5, 0)]


def test_pro_rata_gives_to_each_its_share_and_the_rest_in_order(item: Item) -> None:
    _policy(item, "proRata")
    item.posted("sale", 10)
    orders = [_waiting(item, quantity) for quantity in (6, 3, 3)]
    item.posted("receipt", 5, warehouseLocation="W1")
    assert _sums(*orders) == [(3, 3), (1, 2), (1, 2)]
    item.posted("receipt", 100, warehouseLocation="W1")
    assert (_sums(*orders), item.balances) == ([(6, 0), (3, 0), (3, 0)], (105, 12, 0, 93))


def test_where_stock_is_lost_leases_give_way_before_orders_and_orders_wait(item: Item) -> None:
    order = Placed.placed(item.tenant, order_body(item, 6))
    item.posted("reservation", 3)
    item.posted("count", 7, warehouseLocation="W1")
    assert (_sums(order), item.balances) == ([(6, 0)], (7, 7, 0, 0))
    item.posted("count", 4, warehouseLocation="W1")
    assert (_sums(order), item.balances) == ([(4, 2)], (4, 4, 0, 0))
    item.posted("receipt", 5, warehouseLocation="W1")
    assert (_sums(order), item.balances) == ([(6, 0)], (9, 6, 0, 3))


def test_what_is_lost_in_one_place_is_held_in_another(given: Given, item: Item) -> None:
    order = Placed.placed(item.tenant, order_body(item, 8))
    given.stocked(5, warehouse="W2")
    item.posted("damage", 6, warehouseLocation="W1", reason="flood", disposition="scrap")
    assert (_sums(order), item.balances) == ([(8, 0)], (9, 8, 0, 1))


def test_a_held_batch_is_waited_for_until_it_is_let_go(given: Given) -> None:
    item = given.stocked(4, batch="B1", expires="2034-01-01T00:00:00Z")
    given.agreement()
    order = Placed.placed(item.tenant, order_body(item, 3))
    named = {"supplierId": "S1", "productId": "P1", "reason": "glass"}
    operator = item.tenant.operator
    assert operator.post("/v1/batches/B1/hold", named, key="h").status == 200
    assert _sums(order) == [(0, 3)]
    assert operator.post("/v1/batches/B1/unhold", named, key="u").status == 200
    assert _sums(order) == [(3, 0)]


def test_what_expires_is_waited_for_and_other_stock_takes_its_place(given: Given) -> None:
    expires = datetime.now(UTC) + timedelta(seconds=2)
    item = given.stocked(4, batch="GONE", expires=expires.isoformat())
    given.agreement()
    order, lease = Placed.placed(item.tenant, order_body(item, 3)), item.posted("reservation", 1)["reservationId"]
    given.stocked(2, batch="GOOD", expires="2034-01-01T00:00:00Z")
    wait_for(expires)
    sweep_batches_of_all_tenants()
    assert (_sums(order), item.levels["W1", "GONE"][:2]) == ([(2, 1)], (4, 1))  # the lease is left to lapse
    kinds = [kind for kind, _, _ in told(item.tenant, "reservation.")]
    assert sorted(kinds[2:]) == ["reservation.displaced", "reservation.filled"]
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="GOOD", expirationDate="2034-01-01T00:00:00Z")
    assert _sums(order) == [(3, 0)]
    assert item.post("release", reservationId=lease).status == 201


def test_who_cannot_be_served_yet_holds_up_nobody_s_due_stock(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """Items that wait in vain, as many as are looked at at once, come before the one that time has made available."""
    monkeypatch.setattr(kernel, "FILL_DUE", kernel.FILL_DUE.replace("500", "1"))
    given.agreement(minimumShelfLifeDays=30)
    for product in ("P1", "P2"):
        soon = datetime.now(UTC) + timedelta(days=9)
        given.stocked(5, product=product, batch="SOON", expires=soon.isoformat())
    vain, due = (Item(given.tenant, "S1", product) for product in ("P1", "P2"))
    orders = [_waiting(each, 3) for each in (vain, due)]
    assert _sums(*orders) == [(0, 3), (0, 3)]
    with as_tenant(given.tenant.id), connection.cursor() as cursor:  # as if what is there lasted longer
        cursor.execute(_LASTS, {"tenant": given.tenant.id, "product": due.product})
    fill_backorders_of_all_tenants()
    assert _sums(*orders) == [(0, 3), (3, 0)]


def test_a_lease_that_lapses_goes_to_who_waits(item: Item) -> None:
    lease = item.posted("reservation", 10)["reservationId"]
    order = _waiting(item, 4)
    item.posted("release", reservationId=lease)
    assert (_sums(order), item.balances) == ([(4, 0)], (10, 4, 0, 6))


def test_what_has_come_broken_is_promised_to_nobody(given: Given, item: Item) -> None:
    given.warehouse("W2")
    trip = Trip.shipped(item, 5)
    item.posted("sale", 5)
    order = _waiting(item, 5)
    trip.done("receive", items=[arrived(item, 3, damaged=2)])
    assert (_sums(order), item.balances) == ([(3, 2)], (5, 3, 2, 0))
