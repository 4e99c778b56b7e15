"""The price that applies: the most specific one that is in force, in one query by an index."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.core.context import CallContext, PartyType, Principal
from apps.outbox.unit_of_work import as_tenant
from apps.products.queries.prices import prices_under
from apps.products.types import PriceTerms
from tests.factories.master_data import (
    make_agreement,
    make_packaging,
    make_price,
    make_product,
    make_retail_partner,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant

# From the most specific to the least: the first that a request meets is the one that applies.
_LADDER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("partner, channel, region", {"retailPartnerId": "R1", "channel": "online", "region": "EU"}),
    ("partner, channel", {"retailPartnerId": "R1", "channel": "online"}),
    ("partner, region", {"retailPartnerId": "R1", "region": "EU"}),
    ("partner", {"retailPartnerId": "R1"}),
    ("channel, region", {"channel": "online", "region": "EU"}),
    ("channel", {"channel": "online"}),
    ("region", {"region": "EU"}),
    ("promotion of many", {"promotion": "Week", "minimumQuantity": 10}),
    ("promotion", {"promotion": "Week"}),
    ("many", {"minimumQuantity": 10}),
    ("all", {}),
)
_EVERYTHING = {"retailPartnerId": "R1", "channel": "online", "region": "EU", "quantity": "10"}


@pytest.fixture
def shop(tenant: TestTenant) -> TestTenant:
    """Return a tenant with a product and two partners, the first with an agreement."""
    make_supplier(tenant, "S1")
    make_product(tenant, "P1")
    for code in ("R1", "R2"):
        make_retail_partner(tenant, code)
    make_agreement(tenant, "R1", "S1")
    return tenant


def _ask(client: ApiClient, **terms: str) -> ApiAnswer:
    return client.get(f"/v1/products/P1/effectivePrice?{urlencode({'currencyCode': 'USD', **terms})}", request_id="r")


def _applies(client: ApiClient, **terms: str) -> str | None:
    answer = _ask(client, **terms)
    return str(answer.json["attributes"]["is"]) if answer.status == 200 else None


def _ladder(shop: TestTenant) -> None:
    for name, members in _LADDER:
        make_price(shop, "P1", attributes={"is": name}, **members)


def test_the_most_specific_applies_and_without_it_the_next(shop: TestTenant) -> None:
    _ladder(shop)
    found = []
    for _ in _LADDER:
        answer = _ask(shop.operator, **_EVERYTHING)
        found.append(answer.json["attributes"]["is"])
        assert shop.operator.delete(f"/v1/prices/{answer.json['priceId']}?version=1").status == 204
    assert found == [name for name, _ in _LADDER]
    assert _ask(shop.operator, **_EVERYTHING).status == 404


@pytest.mark.parametrize(
    ("terms", "name"),
    [
        ({}, "promotion"),
        ({"quantity": "9"}, "promotion"),
        ({"quantity": "10"}, "promotion of many"),
        ({"channel": "shops"}, "promotion"),
        ({"channel": "online"}, "channel"),
        ({"region": "EU"}, "region"),
        ({"channel": "online", "region": "US"}, "channel"),
        ({"channel": "online", "region": "EU"}, "channel, region"),
        ({"retailPartnerId": "R1"}, "partner"),
        ({"retailPartnerId": "R1", "region": "EU"}, "partner, region"),
        ({"retailPartnerId": "R2"}, "promotion"),
        ({"retailPartnerId": "R2", "channel": "online"}, "channel"),
    ],
)
def test_what_is_not_asked_for_is_not_found(shop: TestTenant, terms: dict[str, str], name: str) -> None:
    _ladder(shop)
    assert _applies(shop.operator, **terms) == name


def test_at_one_level_a_promotion_goes_before_and_then_the_larger_quantity(shop: TestTenant) -> None:
    for name, members in (
        ("regular", {}),
        ("regular of ten", {"minimumQuantity": 10}),
        ("promotion of five", {"minimumQuantity": 5, "promotion": "Week"}),
    ):
        make_price(shop, "P1", attributes={"is": name}, retailPartnerId="R1", **members)
    found = [_applies(shop.operator, retailPartnerId="R1", quantity=str(quantity)) for quantity in (1, 5, 10)]
    assert found == ["regular", "promotion of five", "promotion of five"]


def test_of_two_promotions_the_larger_quantity_goes_before_whatever_they_are_called(shop: TestTenant) -> None:
    for name, minimum in (("Autumn", 1), ("Bulk week", 12), ("Clearance", 5)):
        make_price(shop, "P1", attributes={"is": name}, promotion=name, minimumQuantity=minimum)
    assert [_applies(shop.operator, quantity=str(quantity)) for quantity in (4, 5, 12)] == [
        "Autumn",
        "Clearance",
        "Bulk week",
    ]


def test_a_window_holds_its_first_moment_and_not_its_last(shop: TestTenant) -> None:
    make_price(shop, "P1", attributes={"is": "before"}, validTo="2027-01-01T00:00:00Z")
    make_price(shop, "P1", attributes={"is": "after"}, validFrom="2027-01-01T00:00:00Z", validTo="2028-01-01T00:00:00Z")
    moments = ("2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00Z", "2027-12-31T23:59:59.999999Z")
    assert [_applies(shop.operator, at=moment) for moment in moments] == ["before", "after", "after"]
    assert _ask(shop.operator, at="2028-01-01T00:00:00Z").status == 404


def test_units_and_currencies_are_priced_apart(shop: TestTenant) -> None:
    make_packaging(shop, "P1", "CS")
    make_price(shop, "P1", attributes={"is": "piece"})
    make_price(shop, "P1", attributes={"is": "case"}, unitOfMeasure="CS")
    make_price(shop, "P1", attributes={"is": "euro"}, currency="EUR")
    assert [_applies(shop.operator), _applies(shop.operator, unitOfMeasure="EA")] == ["piece", "piece"]
    assert _applies(shop.operator, unitOfMeasure="CS") == "case"
    assert _applies(shop.operator, currencyCode="EUR") == "euro"
    assert _applies(shop.operator, currencyCode="CHF") is None


def test_an_archived_price_applies_to_nothing(shop: TestTenant) -> None:
    make_price(shop, "P1", status="archived")
    missing = _ask(shop.operator)
    assert (missing.status, missing.json["code"]) == (404, "not_found")
    assert missing.json["detail"] == "No price of P1 in USD applies under these terms."


class TestParties:
    @pytest.fixture
    def priced(self, shop: TestTenant) -> TestTenant:
        """Return the shop with a price for all and one of each partner."""
        for name, members in (
            ("all", {}),
            ("of R1", {"retailPartnerId": "R1"}),
            ("of R2", {"retailPartnerId": "R2"}),
        ):
            make_price(shop, "P1", attributes={"is": name}, **members)
        return shop

    def test_a_partner_is_answered_for_itself(self, priced: TestTenant) -> None:
        assert _applies(priced.retailer("R1")) == "of R1"
        assert _applies(priced.retailer("R1"), retailPartnerId="R1") == "of R1"
        assert _applies(priced.operator) == _applies(priced.supplier("S1")) == "all"
        assert _applies(priced.operator, retailPartnerId="R2") == "of R2"

    def test_another_partner_looks_like_none(self, priced: TestTenant) -> None:
        for client in (priced.retailer("R1"), priced.supplier("S1")):
            theirs, none = _ask(client, retailPartnerId="R2"), _ask(client, retailPartnerId="R9")
            assert (theirs.status, theirs.content) == (404, none.content)
        assert _ask(priced.operator, retailPartnerId="R9").status == 404

    def test_a_product_that_is_not_seen_has_no_price(self, priced: TestTenant) -> None:
        make_product(priced, "P2")
        hidden = priced.retailer("R2").get("/v1/products/P1/effectivePrice?currencyCode=USD", request_id="r")
        absent = priced.retailer("R2").get("/v1/products/PX/effectivePrice?currencyCode=USD", request_id="r")
        assert (hidden.status, hidden.content) == (404, absent.content.replace(b"PX", b"P1"))


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "currencyCode"),
        ("currencyCode=usd", "currencyCode"),
        ("currencyCode=ZZZ", "currencyCode"),
        ("currencyCode=USD&quantity=0", "quantity"),
        ("currencyCode=USD&quantity=1.5", "quantity"),
        ("currencyCode=USD&quantity=1000000001", "quantity"),
        ("currencyCode=USD&at=soon", "at"),
        ("currencyCode=USD&channel=", "channel"),
        ("currencyCode=USD&colour=red", "colour"),
    ],
)
def test_terms_are_checked(shop: TestTenant, query: str, parameter: str) -> None:
    refused = shop.operator.get(f"/v1/products/P1/effectivePrice?{query}")
    assert (refused.status, [error["parameter"] for error in refused.json["errors"]]) == (400, [parameter])


@pytest.mark.parametrize("party", [PartyType.TENANT, PartyType.RETAIL_PARTNER])
def test_it_is_one_query_by_an_index(shop: TestTenant, party: PartyType) -> None:
    _ladder(shop)
    client = shop.operator if party is PartyType.TENANT else shop.retailer("R1")
    assert _ask(client, **_EVERYTHING).status == 200  # the caller is known from now on
    with CaptureQueriesContext(connection) as captured:
        assert _ask(client, **_EVERYTHING).status == 200
    assert len(captured) == 4  # with BEGIN, the tenant and COMMIT
    principal = Principal(tenant_id=shop.id, application_id=0, party=party, party_id="R1")
    ctx = CallContext(principal=principal, now=datetime.now(UTC), request_id="")
    terms = PriceTerms(currency_code="USD", channel="online", region="EU", quantity=10)
    _many_others(shop)
    with as_tenant(shop.id):
        plan = prices_under(ctx, ["P1"], terms, partner="R1")[:1].explain()
    assert "prices_of_a_product" in plan
    assert "Seq Scan on products_price" not in plan


def _many_others(shop: TestTenant) -> None:
    """Have so many prices of another product that a plan without an index would cost more, and have it known."""
    make_product(shop, "P2")
    like = make_price(shop, "P2")["priceId"]
    same = "product_id, status, attributes, version, created_at, updated_at, amount, currency_code, unit_of_measure"
    with as_tenant(shop.id), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO products_price (tenant_id, id, minimum_quantity, {same}) "
            f"SELECT tenant_id, 'X' || n, n, {same} FROM products_price, generate_series(2, 3000) n WHERE id = %s",
            [like],
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE products_price, products_product")
