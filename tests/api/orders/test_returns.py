"""Returns: each disposition is the movement that it should be, and never more comes back than was shipped."""

from typing import Any

import pytest

from tests.factories.master_data import make_packaging
from tests.support.orders import RETURNS, Placed, order_body, return_body, step, told
from tests.support.stock import PROBLEM_MEMBERS, Given, Item, fresh_key, nothing_moves, refused

_HELD = {"disposition": "quarantine", "condition": "opened"}


@pytest.fixture
def item(given: Given) -> Item:
    """Return ten pieces, and a partner with a warehouse of its own."""
    item = given.stocked(10)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    return item


def _sent(item: Item, quantity: int = 4, **members: Any) -> Placed:
    order = Placed.placed(item.tenant, order_body(item, quantity, orderId="O1", **members))
    order.done("confirm")
    order.shipped(quantity)
    return order


def _delivered(item: Item, quantity: int = 4) -> Placed:
    order = _sent(item, quantity, deliveryWarehouse="WR1")
    order.done("receive")
    return order


def _theirs(item: Item) -> Item:
    return Item(item.tenant, item.supplier, item.product, "R1")


def _booked(item: Item, return_id: str) -> list[tuple[str, int, int, str, str | None, str | None]]:
    """What the ledger of an item says of a return: kind, on hand, on hold, place, batch, reason."""
    names = ("type", "inventoryLevelChange", "onHoldChange", "warehouseLocation", "batchNumber", "reason")
    rows = [row for row in item.ledger if row["reference"] == return_id]
    return [tuple(row[name] for name in names) for row in rows]


@pytest.mark.parametrize(
    ("disposition", "booked", "balances"),
    [
        ("restock", [("return", 1, 0)], (7, 0, 0, 7)),
        ("quarantine", [("return", 1, 1)], (7, 0, 1, 6)),
        ("scrap", [("return", 1, 0), ("damage", -1, 0)], (6, 0, 0, 6)),
        ("backToSupplier", [("return", 1, 0), ("shipment", -1, 0)], (6, 0, 0, 6)),
    ],
)
def test_each_disposition_is_the_movement_it_should_be(
    item: Item, disposition: str, booked: list[tuple[str, int, int]], balances: tuple[int, int, int, int]
) -> None:
    order = _sent(item)
    line = {"disposition": disposition, "reason": "Too hot", "condition": "opened"}
    done = order.came_back(1, returnId="RET1", reference="RMA-7", line=line)
    assert (done["status"], done["type"], done["orderId"], done["reference"]) == ("received", "return", "O1", "RMA-7")
    assert (done["supplierId"], done["retailPartnerId"], done["version"]) == ("S1", "R1", 1)
    assert done["items"] == [{"productId": "P1", "batchNumber": None, "quantity": 1, **line}]
    assert _booked(item, "RET1") == [(*each, "W1", None, "Too hot") for each in booked]
    assert (item.balances, order.sums) == (balances, {"confirmed": 4, "shipped": 4, "returned": 1})
    assert told(item.tenant, "return.") == [("return.received", "RET1", 1)]
    assert told(item.tenant)[-1] == ("order.updated", "O1", 4)
    assert item.tenant.operator.get(f"{RETURNS}/RET1").json == done


def test_what_is_scrapped_was_never_available(item: Item) -> None:
    """Nobody is told that there is one to sell, and whoever waits does not get it."""
    order = _sent(item, 10)
    waiting = Placed.placed(item.tenant, order_body(item, 2, line={"backorder": True}))
    order.came_back(3, line={"disposition": "scrap"})
    order.came_back(3, line={"disposition": "backToSupplier"})
    order.came_back(1, line=_HELD)
    assert (item.balances, waiting.sums) == ((1, 0, 1, 0), {"backordered": 2})
    assert told(item.tenant, "inventory.back_in_stock") == []


def test_what_is_restocked_goes_to_who_waits(item: Item) -> None:
    order = _sent(item, 10)
    waiting = Placed.placed(item.tenant, order_body(item, 2, line={"backorder": True}))
    order.came_back(3)
    assert (item.balances, waiting.sums) == ((3, 2, 0, 1), {"reserved": 2})


def test_several_dispositions_come_back_in_one_return(item: Item) -> None:
    order = _sent(item)
    body = return_body("O1", 2, returnId="RET1")
    body["items"].append({**body["items"][0], "quantity": 1, "disposition": "scrap"})
    assert item.tenant.operator.post(RETURNS, body, key=fresh_key()).status == 201
    assert [each[:3] for each in _booked(item, "RET1")] == [("return", 2, 0), ("return", 1, 0), ("damage", -1, 0)]
    assert (item.balances, order.sums["returned"]) == ((8, 0, 0, 8), 3)


def test_never_more_comes_back_than_was_shipped(item: Item) -> None:
    order = _sent(item)
    order.came_back(3)
    with nothing_moves(item.tenant):
        refused(order.come_back(2), 409, "invalid_state", productId="P1", open=1, requested=2)
        body = return_body("O1", 1)
        body["items"] *= 2
        refused(item.tenant.operator.post(RETURNS, body, key=fresh_key()), 409, "invalid_state", open=0, requested=1)
    order.came_back(1)
    with nothing_moves(item.tenant):
        refused(order.come_back(1), 409, "invalid_state", open=0)
    assert (item.balances, order.sums["returned"]) == ((10, 0, 0, 10), 4)


def test_what_never_arrived_does_not_come_back(item: Item) -> None:
    order = _sent(item)
    order.done("receive", {"items": [{"productId": "P1", "received": 3}], "complete": True})
    with nothing_moves(item.tenant):
        refused(order.come_back(4), 409, "invalid_state", open=3, requested=4)
    order.came_back(3)
    assert order.sums == {"confirmed": 4, "shipped": 4, "received": 3, "short": 1, "returned": 3}


@pytest.mark.parametrize(("step", "status"), [(None, "placed"), ("confirm", "confirmed"), ("cancel", "cancelled")])
def test_of_what_was_not_shipped_nothing_comes_back(item: Item, step: str | None, status: str) -> None:
    order = Placed.placed(item.tenant, order_body(item, 4))
    if step:
        order.done(step)
    with nothing_moves(item.tenant):
        refused(order.come_back(1), 409, "invalid_state", currentStatus=status)


def test_what_was_delivered_to_the_partner_leaves_its_stock(item: Item) -> None:
    order = _delivered(item)
    order.came_back(1, returnId="RET1", line={"reason": "Leaks"})
    assert _booked(_theirs(item), "RET1") == [("shipment", -1, 0, "WR1", None, "Leaks")]
    assert _booked(item, "RET1") == [("return", 1, 0, "W1", None, "Leaks")]
    assert (item.balances, _theirs(item).balances) == ((7, 0, 0, 7), (3, 0, 0, 3))


@pytest.mark.parametrize("disposition", ["scrap", "backToSupplier", "quarantine"])
def test_whatever_becomes_of_it_it_leaves_the_partner_s_stock(item: Item, disposition: str) -> None:
    _delivered(item).came_back(2, line={"disposition": disposition})
    held = 2 if disposition == "quarantine" else 0
    assert (item.balances, _theirs(item).balances) == ((6 + held, 0, held, 6), (2, 0, 0, 2))


def test_what_the_partner_has_sold_does_not_come_back(item: Item) -> None:
    order = _delivered(item)
    _theirs(item).posted("sale", 3)
    with nothing_moves(item.tenant):
        answer = order.come_back(2)
        refused(answer, 409, "insufficient_stock", available=1, requested=2)
        assert [error["pointer"] for error in answer.json["errors"]] == ["#/items/0"]
    order.came_back(1)
    assert _theirs(item).balances == (0, 0, 0, 0)


def test_what_is_still_under_way_to_the_partner_does_not_come_back(item: Item) -> None:
    """Nor do others of the partner's in its place: what never arrives would be returned and short."""
    _theirs(item).posted("receipt", 4, warehouseLocation="WR1")
    order = _sent(item, deliveryWarehouse="WR1")
    with nothing_moves(item.tenant):
        refused(order.come_back(1), 409, "invalid_state", open=0, requested=1)
    order.done("receive", {"items": [{"productId": "P1", "received": 1}], "complete": True})
    order.came_back(1)
    assert order.sums == {"confirmed": 4, "shipped": 4, "received": 1, "short": 3, "returned": 1}


def test_what_has_come_back_is_not_missing_too(item: Item) -> None:
    order = Placed.placed(item.tenant, order_body(item, 2, type="sale", retailPartnerId=None))
    shipment = order.shipped(2)
    order.came_back(2)
    with nothing_moves(item.tenant):
        nothing = {"items": [{"productId": "P1", "received": 0}], "complete": True}
        refused(step(item.tenant, shipment, "deliver", nothing), 409, "invalid_state", open=0, requested=2)
    assert step(item.tenant, shipment, "deliver").status == 200
    assert order.sums == {"confirmed": 2, "shipped": 2, "received": 2, "returned": 2}


def test_a_supplier_is_not_told_what_the_partner_has_left(item: Item) -> None:
    order = _delivered(item)
    _theirs(item).posted("sale", 3)
    with nothing_moves(item.tenant):
        answer = order.come_back(4, by=item.tenant.supplier("S1"))
        refused(answer, 409, "invalid_state", pointer="#/items/0")
    assert answer.json.keys() <= PROBLEM_MEMBERS | {"productId"}
    assert not any(character.isdigit() for character in answer.json["detail"])


def test_a_damaged_piece_comes_back_from_hold(item: Item) -> None:
    order = _sent(item, deliveryWarehouse="WR1")
    order.done("receive", {"items": [{"productId": "P1", "received": 3, "damaged": 1}]})
    assert _theirs(item).balances == (4, 0, 1, 3)
    order.came_back(4, line=_HELD)
    assert (item.balances, _theirs(item).balances) == ((10, 0, 4, 6), (0, 0, 0, 0))


def test_a_batch_comes_back_as_what_it_was(given: Given) -> None:
    item = given.stocked(5, batch="B1", expires="2034-01-01T00:00:00Z")
    given.stocked(5, batch="B2", expires="2034-06-01T00:00:00Z")
    given.agreement()
    order = _sent(item, 7)
    order.came_back(2, returnId="RET1", line={"batchNumber": "B1"})
    assert _booked(item, "RET1") == [("return", 2, 0, "W1", "B1", "Not wanted")]
    assert item.levels == {("W1", "B1"): (2, 0, 0, 2), ("W1", "B2"): (3, 0, 0, 3)}


def test_the_only_batch_that_was_shipped_need_not_be_named(given: Given) -> None:
    """What comes back of a recalled batch is not for sale either."""
    item = given.stocked(5, batch="B1", expires="2034-01-01T00:00:00Z")
    given.agreement()
    order = _sent(item)
    named = {"supplierId": "S1", "productId": "P1", "reason": "glass"}
    assert item.tenant.operator.post("/v1/batches/B1/hold", named, key=fresh_key()).status == 200
    assert order.came_back(2)["items"][0]["batchNumber"] == "B1"
    assert item.levels == {("W1", "B1"): (3, 0, 0, 0)}


def test_none_named_is_the_stock_without_a_batch_where_some_of_it_was_shipped(given: Given) -> None:
    given.stocked(2, batch="B1", expires="2034-01-01T00:00:00Z")
    item = given.stocked(2)
    given.agreement()
    order = _sent(item)
    assert [order.came_back(1, line=line)["items"][0]["batchNumber"] for line in ({}, {"batchNumber": "B1"})] == [
        None,
        "B1",
    ]


@pytest.mark.parametrize(
    ("line", "refusal"), [({}, (400, "validation_error")), ({"batchNumber": "NEVER"}, (404, "not_found"))]
)
def test_one_of_several_batches_is_named_and_was_shipped(
    given: Given, line: dict[str, Any], refusal: tuple[int, str]
) -> None:
    given.stocked(2, batch="B1", expires="2034-01-01T00:00:00Z")
    item = given.stocked(2, batch="B2", expires="2034-06-01T00:00:00Z")
    given.agreement()
    order = _sent(item)
    with nothing_moves(item.tenant):
        refused(order.come_back(1, line=line), *refusal, pointer="#/items/0/batchNumber")


def test_a_case_comes_back_as_pieces(item: Item) -> None:
    make_packaging(item.tenant, "P1", "CS", 4)
    done = _sent(item).came_back(1, line={"unitOfMeasure": "CS"})
    assert (done["items"][0]["quantity"], item.balances) == (4, (10, 0, 0, 10))


def test_a_warranty_claim_is_a_return_of_another_kind(item: Item) -> None:
    order = _delivered(item)
    claim = order.came_back(1, type="warrantyClaim", line={"condition": "defective", "disposition": "backToSupplier"})
    order.came_back(1)
    assert claim["type"] == "warrantyClaim"
    operator = item.tenant.operator
    assert operator.get(f"{RETURNS}?type=warrantyClaim").json["data"] == [claim]
    assert len(operator.get(f"{RETURNS}?orderId=O1").json["data"]) == 2
    assert operator.get(f"{RETURNS}?orderId=O2").json["data"] == []


def test_recorded_twice_under_one_key_it_is_one_return(item: Item) -> None:
    order = _sent(item)
    body, operator = return_body("O1", 1), item.tenant.operator
    first, again = (operator.post(RETURNS, body, key="once") for _ in range(2))
    assert (again.status, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")
    assert (item.balances, order.sums["returned"]) == ((7, 0, 0, 7), 1)


def test_a_code_names_one_return(item: Item) -> None:
    order = _sent(item)
    order.came_back(1, returnId="RET1")
    with nothing_moves(item.tenant):
        refused(order.come_back(1, returnId="RET1"), 409, "already_exists")


def test_who_sees_the_order_sees_the_return_and_only_the_sender_records_it(given: Given, item: Item) -> None:
    given.agreement("R2")
    given.supplier("S2")
    order, tenant = _delivered(item), item.tenant
    supplier, retailer = tenant.supplier("S1"), tenant.retailer("R1")
    done = order.come_back(1, by=supplier)
    assert done.status == 201
    path = f"{RETURNS}/{done.json['returnId']}"
    assert [client.get(path).status for client in (tenant.operator, supplier, retailer)] == [200, 200, 200]
    with nothing_moves(tenant):
        refused(order.come_back(1, by=retailer), 403, "not_permitted")
        for stranger in (tenant.supplier("S2"), tenant.retailer("R2")):
            refused(stranger.get(path), 404, "not_found")
            assert stranger.get(RETURNS).json["data"] == []
            refused(order.come_back(1, by=stranger, product="P1"), 404, "not_found")


@pytest.mark.parametrize("place", ["NO", "WR1", "WS2"])
def test_it_comes_back_to_the_house_or_to_its_supplier(given: Given, item: Item, place: str) -> None:
    given.warehouse("WS2", supplier="S2")
    order = _delivered(item)
    with nothing_moves(item.tenant):
        answer = order.come_back(1, warehouseLocation=place)
        refused(answer, 404, "not_found", pointer="#/warehouseLocation")


def test_it_may_come_back_to_a_warehouse_of_the_supplier(given: Given, item: Item) -> None:
    given.warehouse("WS1", supplier="S1")
    _sent(item).came_back(1, warehouseLocation="WS1")
    assert item.levels["WS1", None] == (1, 0, 0, 1)


def test_what_was_not_ordered_does_not_come_back(given: Given, item: Item) -> None:
    given.stocked(1, product="P2")
    order = _sent(item)
    with nothing_moves(item.tenant):
        refused(order.come_back(1, product="P2"), 404, "not_found", pointer="#/items/0/productId")


def test_of_a_sale_of_the_house_nothing_leaves_a_partner(item: Item) -> None:
    body = order_body(item, 2, type="sale", platform="shopify", platformOrderNumber="1001")
    del body["retailPartnerId"]
    order = Placed.placed(item.tenant, body)
    order.shipped(2)
    done = order.came_back(2, line={"disposition": "restock"})
    assert (done["retailPartnerId"], item.balances) == (None, (10, 0, 0, 10))
