"""Orders: placing holds stock, or is refused with the facts; who sees and may do what; every step, and none else."""

from typing import Any

import pytest

from tests.factories.master_data import make_order_rule, make_packaging
from tests.support.api import ApiClient
from tests.support.orders import PATH, Placed, order_body, packed, step, sums, told
from tests.support.stock import Given, Item, fresh_key, nothing_moves, refused


@pytest.fixture
def item(given: Given) -> Item:
    """Return ten pieces, and a partner that may order them."""
    item = given.stocked(10)
    given.agreement()
    return item


def _place(item: Item, quantity: int, **members: Any) -> Placed:
    return Placed.placed(item.tenant, order_body(item, quantity, **members))


def test_placing_an_order_holds_its_stock(item: Item) -> None:
    body = order_body(item, 4, orderId="O1", reference="PO-1", requestedDeliveryDate="2034-02-01")
    answer = item.tenant.operator.post(PATH, body, key=fresh_key())
    assert (answer.status, answer.headers["Location"]) == (201, "/v1/orders/O1")
    order = answer.json
    assert (order["status"], order["version"], order["retailPartnerId"]) == ("placed", 1, "R1")
    assert (order["reference"], order["requestedDeliveryDate"]) == ("PO-1", "2034-02-01")
    assert sums(order["items"][0]) == {"reserved": 4}
    assert item.balances == (10, 4, 0, 6)
    assert told(item.tenant) == [("order.placed", "O1", 1)]
    assert Placed(item.tenant, "O1").get().content == answer.content


def test_placed_twice_under_one_key_is_one_order(item: Item) -> None:
    key, body = fresh_key(), order_body(item, 4)
    first = item.tenant.operator.post(PATH, body, key=key)
    again = item.tenant.operator.post(PATH, body, key=key)
    assert (again.status, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")
    assert item.balances == (10, 4, 0, 6)


def test_what_is_not_there_is_refused_with_a_place_for_each_line(given: Given, item: Item) -> None:
    other = given.stocked(3, product="P2")
    body = order_body(item, 11)
    body["items"].append({"productId": "P2", "quantity": 4})
    with nothing_moves(item.tenant):
        answer = item.tenant.operator.post(PATH, body, key=fresh_key())
        refused(answer, 409, "insufficient_stock", available=10, requested=11)
        assert [error["pointer"] for error in answer.json["errors"]] == ["#/items/0", "#/items/1"]
    assert other.balances == (3, 0, 0, 3)


def test_a_sale_of_a_platform_is_recorded_once_by_its_number(item: Item) -> None:
    body = order_body(item, 2, type="sale", platform="shopify", platformOrderNumber="1001", paymentStatus="paid")
    del body["retailPartnerId"]
    first = item.tenant.operator.post(PATH, body, key=fresh_key())
    again = item.tenant.operator.post(PATH, body, key=fresh_key())
    assert (first.status, again.status) == (201, 200)
    assert (again.json, first.json["status"]) == (first.json, "confirmed")
    other = {**body, "items": [{**body["items"][0], "quantity": 3}]}
    refused(item.tenant.operator.post(PATH, other, key=fresh_key()), 409, "already_exists", value="1001")
    assert item.balances == (10, 2, 0, 8)
    assert len(told(item.tenant)) == 1


def test_a_sale_that_was_recorded_is_told_again_when_nothing_may_be_ordered_any_more(given: Given) -> None:
    item = given.stocked(10)
    agreement = given.agreement()["agreementId"]
    given.stocked(10, product="P2")
    partner = item.tenant.retailer("R1")
    body = order_body(item, 2, type="sale", platform="shopify", platformOrderNumber="1001")
    first = partner.post(PATH, body, key=fresh_key())
    path = f"/v1/supplyAgreements/{agreement}"
    assert item.tenant.operator.patch(path, {"status": "archived"}, if_match="*").status == 200
    again = partner.post(PATH, body, key=fresh_key())
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    other = {**body, "items": [{"productId": "P2", "quantity": 1, "unitOfMeasure": "NO"}]}
    refused(partner.post(PATH, other, key=fresh_key()), 409, "already_exists", value="1001")
    refused(partner.post(PATH, {**body, "platformOrderNumber": "1002"}, key=fresh_key()), 404, "not_found")


def test_cases_are_ordered_as_cases_and_held_as_pieces(item: Item) -> None:
    make_packaging(item.tenant, "P1", "CS", 4)
    line = {
        "unitOfMeasure": "CS",
        "price": {"amount": "12.80", "currencyCode": "USD"},
        "deliverySchedule": [
            {"deliverOn": "2034-02-01", "quantity": 1},
            {"deliverOn": "2034-03-01", "quantity": 1},
        ],
    }
    order = _place(item, 2, line=line).get().json["items"][0]
    assert (order["orderedQuantity"], order["unitOfMeasure"], order["quantity"]) == (2, "CS", 8)
    assert order["price"] == {"amount": "12.80", "currencyCode": "USD"}
    assert [each["quantity"] for each in order["deliverySchedule"]] == [4, 4]
    assert item.balances == (10, 8, 0, 2)


def test_a_quantity_that_the_order_rules_do_not_allow_is_refused_with_the_nearest(item: Item) -> None:
    rule = {"supplierId": "S1", "productId": "P1", "minimumQuantity": 4, "orderMultiple": 4}
    assert item.tenant.operator.post("/v1/orderRules", rule).status == 201
    with nothing_moves(item.tenant):
        answer = item.tenant.operator.post(PATH, order_body(item, 6), key=fresh_key())
        refused(answer, 409, "minimum_order_quantity", requested=6, nearestQuantities=[4, 8])
        assert [error["pointer"] for error in answer.json["errors"]] == ["#/items/0"]
    assert _place(item, 8).status == "placed"
    assert _place(item, 1, type="sale").status == "confirmed"


def test_what_would_do_is_counted_as_the_line_is(item: Item) -> None:
    make_packaging(item.tenant, "P1", "CS", 12)
    make_order_rule(item.tenant, "S1", "P1", minimumQuantity=24, orderMultiple=12)
    answer = item.tenant.operator.post(PATH, order_body(item, 1, line={"unitOfMeasure": "CS"}), key=fresh_key())
    facts = {"minimum": 2, "multiple": 1, "requested": 1, "nearestQuantities": [2]}
    refused(answer, 409, "minimum_order_quantity", **facts)


def test_a_partner_orders_and_receives_by_its_own_codes(given: Given, item: Item) -> None:
    make_packaging(item.tenant, "P1", "CS", 4)
    given.warehouse("WR1", partner="R1")
    mapping = {"retailPartnerId": "R1", "partnerSku": "4711", "productId": "P1", "unitOfMeasure": "CS"}
    assert item.tenant.operator.post("/v1/skuMappings", mapping).status == 201
    retailer = item.tenant.retailer("R1")
    body = order_body(item, 2, deliveryWarehouse="WR1")
    body["items"][0]["productId"] = "sku:4711"
    order = Placed.placed(item.tenant, body, by=retailer)
    assert (
        order.get().json["items"][0] | {"productId": "P1", "orderedQuantity": 2, "quantity": 8}
        == (order.get().json["items"][0])
    )
    order.done("confirm")
    step(item.tenant, packed(order, ("P1", 8)), "dispatch")
    order.done("receive", {"items": [{"productId": "sku:4711", "received": 2}]}, by=retailer)
    assert (order.status, order.sums["received"]) == ("received", 8)
    body["items"][0]["productId"] = "sku:4712"
    refused(retailer.post(PATH, body, key=fresh_key()), 404, "not_found", pointer="#/items/0/productId")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"items": [{"productId": "P1", "quantity": 1}, {"productId": "P1", "quantity": 2}]}, "#/items/1/productId"),
        (
            {
                "items": [
                    {
                        "productId": "P1",
                        "quantity": 3,
                        "deliverySchedule": [{"deliverOn": "2034-01-01", "quantity": 2}],
                    }
                ]
            },
            "#/items/0/deliverySchedule",
        ),
        ({"platform": "shopify", "platformOrderNumber": "1"}, "#/platform"),
        ({"type": "sale", "platform": "shopify"}, "#/platformOrderNumber"),
        ({"type": "sale", "deliveryWarehouse": "RW"}, "#/deliveryWarehouse"),
        ({"retailPartnerId": None}, "#/retailPartnerId"),
        (
            {"items": [{"productId": "P1", "quantity": 1, "price": {"amount": "1.001", "currencyCode": "USD"}}]},
            "#/items/0/price/amount",
        ),
    ],
)
def test_what_cannot_be_ordered_is_told_with_its_place(item: Item, changed: dict[str, Any], pointer: str) -> None:
    with nothing_moves(item.tenant):
        answer = item.tenant.operator.post(PATH, {**order_body(item, 3), **changed}, key=fresh_key())
        refused(answer, 400, "validation_error")
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"supplierId": "NO"}, "#/supplierId"),
        ({"retailPartnerId": "NO"}, "#/retailPartnerId"),
        ({"items": [{"productId": "NO", "quantity": 1}]}, "#/items/0/productId"),
        ({"deliveryWarehouse": "W1"}, "#/deliveryWarehouse"),
    ],
)
def test_what_does_not_exist_is_not_found_with_its_place(item: Item, changed: dict[str, Any], pointer: str) -> None:
    with nothing_moves(item.tenant):
        answer = item.tenant.operator.post(PATH, {**order_body(item, 3), **changed}, key=fresh_key())
        refused(answer, 404, "not_found")
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_what_is_archived_is_ordered_no_more_but_what_was_sold_is_recorded(given: Given, item: Item) -> None:
    other = given.stocked(3, product="P2")
    assert item.tenant.operator.patch("/v1/products/P2", {"status": "archived"}, if_match="*").status == 200
    body = order_body(item, 1)
    body["items"] += order_body(other, 1)["items"]
    with nothing_moves(item.tenant):
        answer = item.tenant.retailer("R1").post(PATH, body, key=fresh_key())
        refused(answer, 409, "invalid_state", productId="P2", pointer="#/items/1")
    assert item.tenant.operator.post(PATH, {**body, "type": "sale"}, key=fresh_key()).status == 201


def test_a_partner_orders_for_itself_what_its_agreements_cover(given: Given, item: Item) -> None:
    given.partner("R2")
    given.stocked(5, supplier="S2")
    retailer = item.tenant.retailer("R1")
    body = order_body(item, 4)
    del body["retailPartnerId"]
    order = Placed.placed(item.tenant, body, by=retailer)
    assert order.get(by=retailer).json["retailPartnerId"] == "R1"
    assert order.get(by=item.tenant.supplier("S1")).status == 200
    with nothing_moves(item.tenant):
        for stranger in (item.tenant.retailer("R2"), item.tenant.supplier("S2")):
            refused(order.get(by=stranger), 404, "not_found")
            refused(order.do("cancel", by=stranger), 404, "not_found")
            assert stranger.get(PATH).json["data"] == []
        refused(retailer.post(PATH, {**body, "supplierId": "S2"}, key=fresh_key()), 404, "not_found")
        refused(retailer.post(PATH, {**body, "retailPartnerId": "R2"}, key=fresh_key()), 404, "not_found")
        refused(item.tenant.supplier("S1").post(PATH, body, key=fresh_key()), 403, "not_permitted")
        refused(order.do("confirm", by=retailer), 403, "not_permitted")


def test_confirming_less_gives_up_the_rest(item: Item) -> None:
    order = _place(item, 6)
    confirmed = order.done(
        "confirm",
        {"items": [{"productId": "P1", "quantity": 5, "promisedDate": "2034-01-30"}]},
        by=item.tenant.supplier("S1"),
    )
    assert (confirmed["status"], confirmed["items"][0]["promisedDate"]) == ("confirmed", "2034-01-30")
    assert sums(confirmed["items"][0]) == {"confirmed": 5, "reserved": 5, "cancelled": 1}
    assert item.balances == (10, 5, 0, 5)
    with nothing_moves(item.tenant):
        refused(order.do("confirm"), 409, "invalid_state", currentStatus="confirmed")


def test_more_than_was_ordered_is_not_confirmed_and_nothing_neither(item: Item) -> None:
    order = _place(item, 6)
    with nothing_moves(item.tenant):
        too_much = order.do("confirm", {"items": [{"productId": "P1", "quantity": 7}]})
        refused(too_much, 409, "invalid_state", open=6, requested=7)
        refused(order.do("confirm", {"items": [{"productId": "P1", "quantity": 0}]}), 409, "invalid_state")
        unknown = order.do("confirm", {"items": [{"productId": "P2", "quantity": 1}]})
        refused(unknown, 404, "not_found")
        assert unknown.json["errors"][0]["pointer"] == "#/items/0/productId"


def test_cancelling_gives_back_what_is_held_and_happens_once(item: Item) -> None:
    order = _place(item, 6)
    part = order.done("cancel", {"items": [{"productId": "P1", "quantity": 2}]})
    assert (part["status"], sums(part["items"][0])) == ("placed", {"reserved": 4, "cancelled": 2})
    assert item.balances == (10, 4, 0, 6)
    whole = order.done("cancel", {"reason": "Closed"}, by=item.tenant.retailer("R1"))
    assert (whole["status"], whole["cancelReason"], sums(whole["items"][0])) == (
        "cancelled",
        "Closed",
        {"cancelled": 6},
    )
    assert item.balances == (10, 0, 0, 10)
    with nothing_moves(item.tenant):
        refused(order.do("cancel"), 409, "invalid_state", currentStatus="cancelled", allowed=[])
    assert [kind for kind, _, _ in told(item.tenant)] == ["order.placed", "order.updated", "order.cancelled"]


def test_a_patch_changes_what_stock_does_not_depend_on(item: Item) -> None:
    order = _place(item, 4, deliveryAddress={"city": "Austin", "street": "1 Main Street"})
    version = order.get().headers["ETag"]
    body = {"paymentStatus": "paid", "deliveryAddress": {"street": None}, "attributes": {"gift": "yes"}}
    changed = item.tenant.operator.patch(f"{PATH}/{order.code}", body, if_match=version)
    assert (changed.status, changed.json["version"], changed.json["paymentStatus"]) == (200, 2, "paid")
    assert (changed.json["deliveryAddress"]["city"], changed.json["deliveryAddress"]["street"]) == ("Austin", None)
    refused(item.tenant.operator.patch(f"{PATH}/{order.code}", body, if_match=version), 412, "version_conflict")
    retailer = item.tenant.retailer("R1")
    refused(retailer.patch(f"{PATH}/{order.code}", {"priority": 9, "version": 2}), 403, "not_permitted")
    assert retailer.patch(f"{PATH}/{order.code}", {"reference": "PO-9", "version": 2}).status == 200


def test_what_is_held_for_an_order_is_the_order_s_alone(item: Item) -> None:
    order = _place(item, 4)
    reservation = order.get().json["reservationId"]
    with nothing_moves(item.tenant):
        operator = item.tenant.operator
        refused(item.post("release", reservationId=reservation), 409, "invalid_state")
        refused(item.post("shipment", 1, reservationId=reservation), 409, "invalid_state")
        refused(operator.delete(f"/v1/reservations/{reservation}", if_match="*", key=fresh_key()), 409, "invalid_state")
        refused(operator.post(f"/v1/reservations/{reservation}/commit", {}, key=fresh_key()), 409, "invalid_state")


@pytest.mark.parametrize("first", [{}, {"quantity": 3}])
def test_what_one_item_has_cancelled_the_next_one_cannot(item: Item, first: dict[str, Any]) -> None:
    order = _place(item, 5)
    left = 5 - first.get("quantity", 5)
    items = [{"productId": "P1", **first}, {"productId": "P1", "quantity": 3}]
    with nothing_moves(item.tenant):
        refused(order.do("cancel", {"items": items}), 409, "invalid_state", open=left, requested=3)
    items[1]["quantity"] = left or 1
    if left:
        assert order.done("cancel", {"items": items})["status"] == "cancelled"


def test_a_partner_does_not_say_who_is_served_first(item: Item) -> None:
    retailer = item.tenant.retailer("R1")
    with nothing_moves(item.tenant):
        refused(retailer.post(PATH, order_body(item, 1, priority=100), key=fresh_key()), 403, "not_permitted")
    assert _place(item, 1, priority=100).get().json["priority"] == 100


def test_a_reason_stays_until_another_is_given(item: Item) -> None:
    order = _place(item, 6)
    one = {"items": [{"productId": "P1", "quantity": 1}]}
    given = [
        order.done("cancel", {**one, **said})["cancelReason"]
        for said in ({"reason": "Too many"}, {}, {"reason": "Late"})
    ]
    assert given == ["Too many", "Too many", "Late"]


def test_a_product_is_confirmed_once(item: Item) -> None:
    order = _place(item, 5)
    items = [{"productId": "P1", "quantity": 5}, {"productId": "P1", "quantity": 2}]
    with nothing_moves(item.tenant):
        refused(order.do("confirm", {"items": items}), 400, "validation_error", pointer="#/items/1/productId")


def _sold(item: Item, *, by: ApiClient | None = None, **members: Any) -> int:
    """Record number 1001 of a platform and return how it was answered; without a partner, unless one does it."""
    body = order_body(item, 1, type="sale", platform="shopify", platformOrderNumber="1001", retailPartnerId=None)
    return (by or item.tenant.operator).post(PATH, {**body, **members}, key=fresh_key()).status


def test_shops_of_two_partners_count_alike_and_tell_each_other_nothing(given: Given, item: Item) -> None:
    given.agreement("R2")
    first, second = item.tenant.retailer("R1"), item.tenant.retailer("R2")
    assert _sold(item) == 201
    assert [_sold(item, by=client) for client in (first, second, first, second)] == [201, 201, 200, 200]
    assert item.balances == (10, 3, 0, 7)


def test_one_sale_of_a_platform_is_an_order_to_each_supplier(given: Given, item: Item) -> None:
    given.stocked(10, supplier="S2", product="P2")
    other: dict[str, Any] = {"supplierId": "S2", "items": [{"productId": "P2", "quantity": 1}]}
    assert [_sold(item, **members) for members in ({}, other, other, {})] == [201, 201, 200, 200]
