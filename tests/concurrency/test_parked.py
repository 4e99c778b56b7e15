"""Parked movements, a code that is mapped, and several workers at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from apps.inventory.tasks import book_parked_movements_of
from tests.factories.master_data import make_sku_mapping
from tests.support.crowd import Crowd, Sent, statuses
from tests.support.interleaving import holding
from tests.support.stock import Given, fresh_key

pytestmark = pytest.mark.xdist_group("live")


def _book_at_once(tenant_id: int, workers: int) -> None:
    barrier = Barrier(workers)

    def work(_: int) -> None:
        barrier.wait()
        try:
            book_parked_movements_of(tenant_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))


def test_12_receipts_that_come_while_their_code_is_mapped_are_booked_once_each(given: Given, crowd: Crowd) -> None:
    """A receipt is looked up before the mapping and parked after whoever books has looked: it waits for ever."""
    item = given.stocked(1)
    supplier = given.tenant.supplier("S1")
    body = {**item.entry("receipt", 1, warehouseLocation="W1"), "productId": "sku:NEW"}
    mapping = {"partnerSku": "NEW", "supplierId": "S1", "productId": "P1"}
    requests = [Sent(supplier, "POST", "/v1/inventory/transactions", body, key=fresh_key()) for _ in range(12)]
    requests.insert(6, Sent(given.tenant.operator, "POST", "/v1/skuMappings", mapping))
    counted = statuses(crowd.send(requests))
    assert counted.keys() <= {201, 202}
    assert sum(counted.values()) == 13
    _book_at_once(given.tenant.id, 2)
    assert item.balances == (13, 0, 0, 13)


def test_what_is_parked_is_booked_once_by_four_workers(given: Given) -> None:
    """Two workers find the same parked movement and both book it: stock that never came."""
    item = given.stocked(1)
    supplier = given.tenant.supplier("S1")
    body = {**item.entry("receipt", 1, warehouseLocation="W1"), "productId": "sku:NEW"}
    for _ in range(10):
        assert supplier.post("/v1/inventory/transactions", body, key=fresh_key()).status == 202
    make_sku_mapping(given.tenant, "NEW", "P1", supplierId="S1")
    _book_at_once(given.tenant.id, 4)
    assert item.balances == (11, 0, 0, 11)
    assert {row["status"] for row in supplier.get("/v1/skuMappings/parked").json["data"]} == {"booked"}


def test_who_comes_second_waits_for_who_is_at_the_first(given: Given) -> None:
    """The other worker goes on to what came later, and refuses a sale of what the first is about to receive."""
    given.stocked(1)
    supplier = given.tenant.supplier("S1")
    for body in ({"type": "receipt", "quantity": 9, "warehouseLocation": "W1"}, {"type": "sale", "quantity": 10}):
        assert supplier.post("/v1/inventory/S1/sku:NEW", body, key=fresh_key()).status == 202
    make_sku_mapping(given.tenant, "NEW", "P1", supplierId="S1")
    with ThreadPoolExecutor(1) as pool, holding(given.tenant.id) as hold:
        hold.first_parked()
        second = pool.submit(_book_at_once, given.tenant.id, 1)
        hold.wait_for(1)
        hold.let_go()
        second.result()
    assert [row["status"] for row in supplier.get("/v1/skuMappings/parked").json["data"]] == ["booked", "booked"]
