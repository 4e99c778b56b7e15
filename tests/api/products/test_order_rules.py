"""Order rules: which quantities of a supplier's product may be ordered, and by whom."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.context import CallContext, PartyType, Principal
from apps.outbox.unit_of_work import as_tenant
from apps.products.queries.order_rules import order_rules_for
from tests.factories.master_data import (
    make_agreement,
    make_order_rule,
    make_packaging,
    make_product,
    make_retail_partner,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.resource_rules import ResourceRules
from tests.support.stock import nothing_moves, refused


class TestOrderRuleRules(ResourceRules):
    __test__ = True
    path = "/v1/orderRules"
    code_member = "orderRuleId"
    prefix = "orl"
    required = "productId"

    def prepare(self, tenant: TestTenant) -> None:
        make_supplier(tenant, "S1")
        for number in (*range(5), *range(100, 103)):
            make_product(tenant, f"P{number}")

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"orderRuleId": code, "supplierId": "S1", "productId": f"P{number}", "minimumQuantity": 10}


@pytest.fixture
def shop(tenant: TestTenant) -> TestTenant:
    """Return a tenant with two suppliers, a product in cases of twelve and thirds, and two partners."""
    for code in ("S1", "S2"):
        make_supplier(tenant, code)
    make_product(tenant, "P1")
    make_packaging(tenant, "P1", "CS", 12)
    make_packaging(tenant, "P1", "TH", 1, denominator=3)
    for code in ("R1", "R2"):
        make_retail_partner(tenant, code)
    make_agreement(tenant, "R1", "S1")
    return tenant


def _post(tenant: TestTenant, *, by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    return (by or tenant.operator).post("/v1/orderRules", {"supplierId": "S1", "productId": "P1", **members})


def _bound(tenant: TestTenant, *products: str, partner: str | None = None) -> dict[str, tuple[int, int]]:
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    ctx = CallContext(principal=principal, now=datetime.now(UTC), request_id="")
    with as_tenant(tenant.id):
        found = order_rules_for(ctx, "S1", products, retail_partner_id=partner)
    return {product: (rule.minimum, rule.multiple) for product, rule in found.items()}


def _codes(client: ApiClient) -> list[str]:
    return [row["orderRuleId"] for row in client.get("/v1/orderRules").json["data"]]


def test_everything_that_was_said_is_kept(shop: TestTenant) -> None:
    body = {
        "orderRuleId": "RULE1",
        "supplierId": "S1",
        "productId": "P1",
        "retailPartnerId": "R1",
        "minimumQuantity": 4,
        "orderMultiple": 2,
        "unitOfMeasure": "CS",
        "status": "active",
        "attributes": {"why": "pallet layer"},
    }
    created = shop.operator.post("/v1/orderRules", body)
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "version": 1, **moments}


@pytest.mark.parametrize(
    ("members", "base"),
    [
        ({"minimumQuantity": 5}, (5, 1)),
        ({"orderMultiple": 6}, (1, 6)),
        ({"minimumQuantity": 2, "orderMultiple": 1, "unitOfMeasure": "CS"}, (24, 12)),
        ({"minimumQuantity": 2, "unitOfMeasure": "CS"}, (24, 1)),
        ({"minimumQuantity": 4, "orderMultiple": 2, "unitOfMeasure": "TH"}, (2, 2)),
        ({"orderMultiple": 6, "unitOfMeasure": "TH"}, (1, 2)),
    ],
)
def test_a_rule_binds_base_units(shop: TestTenant, members: dict[str, Any], base: tuple[int, int]) -> None:
    assert _post(shop, **members).status == 201
    assert _bound(shop, "P1") == {"P1": base}
    if members.get("unitOfMeasure") == "CS":  # made anew with another factor it would be another rule
        refused(shop.operator.delete("/v1/products/P1/packaging/CS?version=1"), 409, "resource_in_use")


def test_a_partners_own_rule_takes_the_place_of_everybodys(shop: TestTenant) -> None:
    make_product(shop, "P2")
    make_order_rule(shop, "S1", "P1", minimumQuantity=10)
    make_order_rule(shop, "S1", "P1", minimumQuantity=5, retailPartnerId="R1", orderRuleId="OWN")
    make_order_rule(shop, "S2", "P1", minimumQuantity=99)
    make_order_rule(shop, "S1", "P2", orderMultiple=6)
    asked = ("P1", "P2", "P3")
    assert _bound(shop, *asked) == {"P1": (10, 1), "P2": (1, 6)}
    assert _bound(shop, *asked, partner="R1") == {"P1": (5, 1), "P2": (1, 6)}
    assert _bound(shop, *asked, partner="R2") == {"P1": (10, 1), "P2": (1, 6)}
    with CaptureQueriesContext(connection) as captured:
        _bound(shop, *asked, partner="R1")
    assert len(captured) == 4  # one, with BEGIN, the tenant and COMMIT
    assert shop.operator.patch("/v1/orderRules/OWN", {"status": "archived", "version": 1}).status == 200
    assert _bound(shop, *asked, partner="R1")["P1"] == (10, 1)


def test_there_is_one_rule_for_the_same(shop: TestTenant) -> None:
    apart: tuple[dict[str, Any], ...] = (
        {},
        {"retailPartnerId": "R1"},
        {"retailPartnerId": "R2"},
        {"supplierId": "S2"},
    )
    for members in apart:
        assert _post(shop, minimumQuantity=5, **members).status == 201
        refused = _post(shop, minimumQuantity=6, **members)
        assert (refused.status, refused.json["code"]) == (409, "already_exists")
        assert refused.json["detail"] == ("Another order rule has the same supplierId, productId and retailPartnerId.")
        assert refused.json.get("value") == members.get("retailPartnerId")


def test_a_change_counts_base_units_anew(shop: TestTenant) -> None:
    make_order_rule(shop, "S1", "P1", orderRuleId="A", minimumQuantity=5, orderMultiple=5)
    path = "/v1/orderRules/A"
    changed = shop.operator.patch(path, {"unitOfMeasure": "CS", "orderMultiple": None, "version": 1})
    assert (changed.json["minimumQuantity"], changed.json["orderMultiple"]) == (5, None)
    assert _bound(shop, "P1") == {"P1": (60, 1)}
    empty = shop.operator.patch(path, {"minimumQuantity": None, "version": 2})
    assert (empty.status, empty.json["errors"][0]["pointer"]) == (400, "#/minimumQuantity")
    assert shop.operator.get(path).json == changed.json


@pytest.mark.parametrize(
    ("members", "status", "pointer"),
    [
        ({}, 400, "#/minimumQuantity"),
        ({"minimumQuantity": 0}, 400, "#/minimumQuantity"),
        ({"minimumQuantity": 1, "orderMultiple": 0}, 400, "#/orderMultiple"),
        ({"minimumQuantity": 1, "unitOfMeasure": "PX"}, 400, "#/unitOfMeasure"),
        ({"minimumQuantity": 10**9, "unitOfMeasure": "CS"}, 400, "#/minimumQuantity"),
        ({"minimumQuantity": 10**9, "orderMultiple": 7}, 400, "#/minimumQuantity"),
        ({"orderMultiple": 10**9, "unitOfMeasure": "CS"}, 400, "#/orderMultiple"),
        ({"minimumQuantity": 1, "supplierId": "S9"}, 404, "#/supplierId"),
        ({"minimumQuantity": 1, "productId": "P9"}, 404, "#/productId"),
        ({"minimumQuantity": 1, "retailPartnerId": "R9"}, 404, "#/retailPartnerId"),
    ],
)
def test_what_a_rule_says_must_be_possible(
    shop: TestTenant, members: dict[str, Any], status: int, pointer: str
) -> None:
    refused = _post(shop, **members)
    assert (refused.status, [error["pointer"] for error in refused.json["errors"]]) == (status, [pointer])
    assert _codes(shop.operator) == []


def test_a_supplier_makes_the_rules_of_its_own_goods(shop: TestTenant) -> None:
    supplier, other = shop.supplier("S1"), shop.supplier("S2")
    made = _post(shop, by=supplier, orderRuleId="A", minimumQuantity=5)
    assert made.status == 201
    assert supplier.patch("/v1/orderRules/A", {"minimumQuantity": 6, "version": 1}).status == 200
    assert _post(shop, by=other, minimumQuantity=5).status == 404
    for answer in (
        other.patch("/v1/orderRules/A", {"minimumQuantity": 6, "version": 2}),
        other.delete("/v1/orderRules/A?version=2"),
        other.get("/v1/orderRules/A"),
    ):
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert supplier.delete("/v1/orderRules/A?version=2").status == 204


def test_a_partners_own_rule_is_changed_by_the_house(shop: TestTenant) -> None:
    make_order_rule(shop, "S1", "P1", orderRuleId="OWN", minimumQuantity=5, retailPartnerId="R1")
    supplier = shop.supplier("S1")
    with nothing_moves(shop):
        refused(supplier.patch("/v1/orderRules/OWN", {"minimumQuantity": 9, "version": 1}), 403, "not_permitted")
        refused(supplier.delete("/v1/orderRules/OWN?version=1"), 403, "not_permitted")
    assert shop.operator.patch("/v1/orderRules/OWN", {"minimumQuantity": 9, "version": 1}).status == 200
    assert shop.operator.delete("/v1/orderRules/OWN?version=2").status == 204


def test_each_sees_what_binds_it(shop: TestTenant) -> None:
    make_product(shop, "P2")
    make_order_rule(shop, "S1", "P1", orderRuleId="ALL", minimumQuantity=5)
    make_order_rule(shop, "S1", "P1", orderRuleId="OF-R1", minimumQuantity=5, retailPartnerId="R1")
    make_order_rule(shop, "S1", "P1", orderRuleId="OF-R2", minimumQuantity=5, retailPartnerId="R2")
    make_order_rule(shop, "S2", "P2", orderRuleId="OF-S2", minimumQuantity=5)
    assert _codes(shop.operator) == ["ALL", "OF-R1", "OF-R2", "OF-S2"]
    assert _codes(shop.supplier("S1")) == ["ALL", "OF-R1", "OF-R2"]
    assert _codes(shop.retailer("R1")) == ["ALL", "OF-R1", "OF-S2"]
    assert _codes(shop.retailer("R2")) == []
    assert shop.retailer("R1").get("/v1/orderRules/OF-R2").status == 404
