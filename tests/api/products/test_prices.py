"""Prices: what a product costs, to whom and when; two never say different things at once."""

from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import (
    make_agreement,
    make_packaging,
    make_price,
    make_product,
    make_retail_partner,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.resource_rules import ResourceRules

_YEARS = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z")


class TestPriceRules(ResourceRules):
    __test__ = True
    path = "/v1/prices"
    code_member = "priceId"
    prefix = "prc"
    required = "productId"

    def prepare(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        price = {"amount": "5.00", "currencyCode": "USD"}
        return {"priceId": code, "productId": "P1", "price": price, "minimumQuantity": number + 1}


@pytest.fixture
def shop(tenant: TestTenant) -> TestTenant:
    """Return a tenant with two products, two partners (the first with an agreement) and a supplier."""
    make_supplier(tenant, "S1")
    for code in ("P1", "P2"):
        make_product(tenant, code)
    for code in ("R1", "R2"):
        make_retail_partner(tenant, code)
    make_agreement(tenant, "R1", "S1", productId="P1")
    return tenant


def _post(tenant: TestTenant, amount: str = "5.00", *, by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    body = {"productId": "P1", "price": {"amount": amount, "currencyCode": "USD"}, **members}
    return (by or tenant.operator).post("/v1/prices", body)


def _codes(client: ApiClient, query: str = "") -> list[str]:
    return [row["priceId"] for row in client.get(f"/v1/prices{query}").json["data"]]


def test_everything_that_was_said_is_kept(shop: TestTenant) -> None:
    make_packaging(shop, "P1", "CS")
    body = {
        "priceId": "PRICE1",
        "productId": "P1",
        "price": {"amount": "50.00", "currencyCode": "USD"},
        "retailPartnerId": "R1",
        "channel": "online",
        "region": "US-CA",
        "unitOfMeasure": "CS",
        "minimumQuantity": 12,
        "promotion": "Chilli week",
        "validFrom": "2026-01-01T00:00:00.000000Z",
        "validTo": "2027-01-01T00:00:00.000000Z",
        "status": "active",
        "attributes": {"why": "spring"},
    }
    created = shop.operator.post("/v1/prices", body)
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "version": 1, **moments}
    assert shop.operator.get("/v1/prices/PRICE1").json == created.json


def test_defaults(shop: TestTenant) -> None:
    made = make_price(shop, "P1", "50")
    assert (made["price"], made["unitOfMeasure"], made["minimumQuantity"]) == (
        {"amount": "50.00", "currencyCode": "USD"},
        "EA",
        1,
    )
    assert {made[name] for name in ("retailPartnerId", "channel", "region", "promotion", "validFrom", "validTo")} == {
        None
    }


@pytest.mark.parametrize(
    ("amount", "currency", "kept"),
    [
        ("0", "USD", "0.00"),
        ("0.1", "EUR", "0.10"),
        ("999999999999.99", "USD", "999999999999.99"),
        ("1200", "JPY", "1200"),
        ("1.234", "KWD", "1.234"),
        ("1.2345", "CLF", "1.2345"),
    ],
)
def test_an_amount_is_exact_and_has_the_places_of_its_currency(
    shop: TestTenant, amount: str, currency: str, kept: str
) -> None:
    made = shop.operator.post("/v1/prices", {"productId": "P1", "price": {"amount": amount, "currencyCode": currency}})
    assert (made.status, made.json["price"]) == (201, {"amount": kept, "currencyCode": currency})


@pytest.mark.parametrize(
    ("price", "pointer"),
    [
        ({"amount": "5.001", "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": "5.0", "currencyCode": "JPY"}, "#/price/amount"),
        ({"amount": "1.2345", "currencyCode": "KWD"}, "#/price/amount"),
        ({"amount": "-1", "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": "01", "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": "1.", "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": "1e3", "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": "NaN", "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": "1000000000000", "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": 5.5, "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": 5, "currencyCode": "USD"}, "#/price/amount"),
        ({"amount": "5", "currencyCode": "usd"}, "#/price/currencyCode"),
        ({"amount": "5", "currencyCode": "ZZZ"}, "#/price/currencyCode"),
        ({"amount": "5"}, "#/price/currencyCode"),
        ("5.00", "#/price"),
    ],
)
def test_money_is_strict(shop: TestTenant, price: Any, pointer: str) -> None:
    refused = shop.operator.post("/v1/prices", {"productId": "P1", "price": price})
    assert (refused.status, [error["pointer"] for error in refused.json["errors"]]) == (400, [pointer])
    assert _codes(shop.operator) == []


@pytest.mark.parametrize(
    ("members", "status", "pointer"),
    [
        ({"productId": "P9"}, 404, "#/productId"),
        ({"retailPartnerId": "R9"}, 404, "#/retailPartnerId"),
        ({"unitOfMeasure": "PX"}, 400, "#/unitOfMeasure"),
        ({"minimumQuantity": 0}, 400, "#/minimumQuantity"),
        ({"validFrom": _YEARS[0], "validTo": _YEARS[0]}, 400, "#/validTo"),
        ({"validFrom": _YEARS[1], "validTo": _YEARS[0]}, 400, "#/validTo"),
        ({"validFrom": "2026-01-01T00:00:00"}, 400, "#/validFrom"),
        ({"validTo": "0001-01-01T00:00:00+14:00"}, 400, "#/validTo"),
        ({"channel": ""}, 400, "#/channel"),
        ({"promotion": True}, 400, "#/promotion"),
    ],
)
def test_what_a_price_refers_to_must_be_there(
    shop: TestTenant, members: dict[str, Any], status: int, pointer: str
) -> None:
    refused = _post(shop, **members)
    assert (refused.status, [error["pointer"] for error in refused.json["errors"]]) == (status, [pointer])
    assert _codes(shop.operator) == []


class TestWindows:
    def test_two_prices_of_the_same_never_hold_at_once_and_the_refusal_names_the_first(self, shop: TestTenant) -> None:
        first = make_price(shop, "P1", validFrom=_YEARS[1], validTo=_YEARS[2])["priceId"]
        windows: tuple[dict[str, Any], ...] = (
            {},
            {"validFrom": _YEARS[1]},
            {"validTo": _YEARS[2]},
            {"validFrom": _YEARS[0], "validTo": _YEARS[3]},
            {"validFrom": "2027-12-31T23:59:59.999999Z", "validTo": _YEARS[3]},
        )
        for window in windows:
            refused = _post(shop, "6.00", **window)
            assert (refused.status, refused.json["code"], refused.json["priceId"]) == (409, "already_exists", first)
        assert _codes(shop.operator) == [first]

    def test_windows_that_touch_do_not_meet(self, shop: TestTenant) -> None:
        for start, end in pairwise(_YEARS):
            assert _post(shop, validFrom=start, validTo=end).status == 201
        assert _post(shop, validTo=_YEARS[0]).status == _post(shop, validFrom=_YEARS[3]).status == 201

    @pytest.mark.parametrize(
        "members",
        [
            {"productId": "P2"},
            {"retailPartnerId": "R1"},
            {"channel": "online"},
            {"region": "US-CA"},
            {"price": {"amount": "5.00", "currencyCode": "EUR"}},
            {"unitOfMeasure": "CS"},
            {"minimumQuantity": 2},
            {"promotion": "Chilli week"},
            {"status": "archived"},
        ],
    )
    def test_what_differs_in_its_terms_may_hold_at_once_and_its_twin_may_not(
        self, shop: TestTenant, members: dict[str, Any]
    ) -> None:
        make_packaging(shop, "P1", "CS")
        make_price(shop, "P1")
        assert _post(shop, **members).status == 201
        twice = _post(shop, **members).status
        assert twice == (201 if "status" in members else 409)

    def test_the_database_itself_refuses_an_overlap(self, shop: TestTenant) -> None:
        code = make_price(shop, "P1", validFrom=_YEARS[0])["priceId"]
        columns = (
            "product_id, status, attributes, version, created_at, updated_at, amount, currency_code, "
            "unit_of_measure, minimum_quantity, valid_from"
        )
        with (
            as_tenant(shop.id),
            connection.cursor() as cursor,
            pytest.raises(IntegrityError, match="price_windows_do_not_overlap"),
            transaction.atomic(),
        ):
            cursor.execute(
                f"INSERT INTO products_price (tenant_id, id, {columns}) "
                f"SELECT tenant_id, 'OTHER', {columns} FROM products_price WHERE id = %s",
                [code],
            )

    def test_another_tenants_price_is_in_nobodys_way(self, shop: TestTenant, other_tenant: TestTenant) -> None:
        make_price(shop, "P1")
        make_product(other_tenant, "P1")
        assert _post(other_tenant).status == 201

    def test_a_change_meets_others_but_not_itself(self, shop: TestTenant) -> None:
        first = make_price(shop, "P1", priceId="A", validFrom=_YEARS[0], validTo=_YEARS[1])
        make_price(shop, "P1", priceId="B", validFrom=_YEARS[2])
        change = {"price": {"amount": "7.00", "currencyCode": "USD"}, "validTo": _YEARS[2]}
        moved = shop.operator.patch("/v1/prices/A", {**change, "version": 1})
        assert (moved.status, moved.json["price"]["amount"], moved.json["version"]) == (200, "7.00", 2)
        assert moved.json["validFrom"] == first["validFrom"]
        open_end = shop.operator.patch("/v1/prices/A", {"validTo": None, "version": 2})
        assert (open_end.status, open_end.json["code"], open_end.json["priceId"]) == (409, "already_exists", "B")
        backward = shop.operator.patch("/v1/prices/A", {"validTo": "2025-01-01T00:00:00Z", "version": 2})
        assert (backward.status, backward.json["errors"][0]["pointer"]) == (400, "#/validTo")

    def test_an_archived_price_comes_back_only_where_there_is_room(self, shop: TestTenant) -> None:
        make_price(shop, "P1", priceId="OLD")
        assert shop.operator.patch("/v1/prices/OLD", {"status": "archived", "version": 1}).status == 200
        make_price(shop, "P1", priceId="NEW")
        refused = shop.operator.patch("/v1/prices/OLD", {"status": "active", "version": 2})
        assert (refused.status, refused.json["priceId"]) == (409, "NEW")

    def test_a_regular_price_becomes_a_promotion_only_where_there_is_room(self, shop: TestTenant) -> None:
        make_price(shop, "P1", priceId="REGULAR")
        make_price(shop, "P1", priceId="WEEK", promotion="Chilli week")
        refused = shop.operator.patch("/v1/prices/REGULAR", {"promotion": "Sale", "version": 1})
        assert (refused.status, refused.json["priceId"]) == (409, "WEEK")


def test_a_price_keeps_its_currency_and_its_terms(shop: TestTenant) -> None:
    make_price(shop, "P1", priceId="A")
    other = shop.operator.patch("/v1/prices/A", {"price": {"amount": "7.00", "currencyCode": "EUR"}, "version": 1})
    assert (other.status, other.json["code"]) == (409, "invalid_state")
    stale = shop.operator.patch("/v1/prices/A", {"price": {"amount": "7.00", "currencyCode": "EUR"}, "version": 5})
    assert (stale.status, stale.json["code"]) == (409, "version_conflict")
    for member in ("productId", "retailPartnerId", "unitOfMeasure", "minimumQuantity"):
        assert shop.operator.patch("/v1/prices/A", {member: "P2", "version": 1}).json["code"] == "unknown_field"


def test_lists_are_filtered_by_terms_and_by_moment(shop: TestTenant) -> None:
    make_price(shop, "P1", priceId="A", validFrom=_YEARS[0], validTo=_YEARS[1])
    make_price(shop, "P1", priceId="B", retailPartnerId="R1", channel="online", validFrom=_YEARS[1])
    make_price(shop, "P2", priceId="C", region="EU", currency="EUR")
    make_price(shop, "P2", priceId="D", status="archived")
    for query, codes in {
        "productId=P1": ["A", "B"],
        "retailPartnerId=R1": ["B"],
        "channel=online": ["B"],
        "region=EU,US": ["C"],
        "currencyCode=EUR": ["C"],
        f"effectiveAt={_YEARS[0]}": ["A", "C"],
        f"effectiveAt={_YEARS[1]}": ["B", "C"],
        "effectiveAt=2025-01-01T00:00:00Z&productId=P1": [],
    }.items():
        assert (query, _codes(shop.operator, f"?{query}")) == (query, codes)
    refused = shop.operator.get("/v1/prices?effectiveAt=soon")
    assert (refused.status, refused.json["errors"][0]["parameter"]) == (400, "effectiveAt")


class TestParties:
    @pytest.fixture
    def priced(self, shop: TestTenant) -> TestTenant:
        """Return the shop with a price for all, one of each partner, and one of what R1 has no agreement about."""
        make_price(shop, "P1", priceId="ALL")
        make_price(shop, "P1", priceId="OF-R1", retailPartnerId="R1")
        make_price(shop, "P1", priceId="OF-R2", retailPartnerId="R2")
        make_price(shop, "P2", priceId="OTHER")
        return shop

    def test_each_sees_what_concerns_it(self, priced: TestTenant) -> None:
        assert _codes(priced.operator) == ["ALL", "OF-R1", "OF-R2", "OTHER"]
        assert _codes(priced.supplier("S1")) == ["ALL", "OTHER"]
        assert _codes(priced.retailer("R1")) == ["ALL", "OF-R1"]
        assert _codes(priced.retailer("R2")) == []

    def test_another_partners_price_is_not_there(self, priced: TestTenant) -> None:
        for client in (priced.retailer("R1"), priced.supplier("S1")):
            theirs, none = (client.get(f"/v1/prices/{code}", request_id="r") for code in ("OF-R2", "XX-R2"))
            assert (theirs.status, theirs.content) == (404, none.content.replace(b"XX-R2", b"OF-R2"))
            assert client.get("/v1/prices?retailPartnerId=R2").json["data"] == []

    def test_only_staff_make_prices(self, priced: TestTenant) -> None:
        supplier = priced.supplier("S1")
        refused = [
            _post(priced, by=supplier, channel="online"),
            supplier.patch("/v1/prices/ALL", {"status": "archived", "version": 1}),
            supplier.delete("/v1/prices/ALL?version=1"),
        ]
        assert [(answer.status, answer.json["code"]) for answer in refused] == [(403, "not_permitted")] * 3
        assert len(_codes(priced.operator)) == 4


def test_a_product_or_partner_that_has_prices_is_in_use(shop: TestTenant) -> None:
    make_price(shop, "P2", retailPartnerId="R2")
    for path in ("/v1/products/P2", "/v1/retailPartners/R2"):
        refused = shop.operator.delete(f"{path}?version=1")
        assert (refused.status, refused.json["code"]) == (409, "resource_in_use")
