"""Who sees the catalogue and who writes in it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.master_data import make_agreement, make_product, make_retail_partner, make_supplier
from tests.support.api import ApiClient, TestTenant

_TODAY = datetime.now(UTC).date()


@pytest.fixture
def market(tenant: TestTenant) -> TestTenant:
    """Return a tenant with the suppliers S1 and S2, the retail partners R1 and R2, and the products P1 and P2."""
    for code in ("S1", "S2"):
        make_supplier(tenant, code)
    for code in ("R1", "R2"):
        make_retail_partner(tenant, code)
    for code in ("P1", "P2"):
        make_product(tenant, code)
    return tenant


def _seen(client: ApiClient) -> list[str]:
    listed = [row["productId"] for row in client.get("/v1/products").json["data"]]
    assert listed == [code for code in ("P1", "P2") if client.get(f"/v1/products/{code}").status == 200]
    return listed


def test_a_supplier_sees_the_whole_catalogue(market: TestTenant) -> None:
    assert _seen(market.supplier("S1")) == ["P1", "P2"]


def test_a_partner_sees_nothing_without_an_agreement(market: TestTenant) -> None:
    make_agreement(market, "R2", "S1")
    assert _seen(market.retailer("R1")) == []


def test_a_partner_sees_the_product_that_is_agreed(market: TestTenant) -> None:
    make_agreement(market, "R1", "S1", productId="P2")
    make_agreement(market, "R1", "S2", productId="P2")
    assert _seen(market.retailer("R1")) == ["P2"]
    assert _seen(market.retailer("R2")) == []


def test_an_agreement_without_a_product_covers_every_product(market: TestTenant) -> None:
    make_agreement(market, "R1", "S1")
    assert _seen(market.retailer("R1")) == ["P1", "P2"]


@pytest.mark.parametrize(
    "members",
    [
        {"validFrom": f"{_TODAY + timedelta(days=2)}"},
        {"validTo": f"{_TODAY - timedelta(days=2)}"},
        {"status": "archived"},
    ],
)
def test_an_agreement_out_of_force_shows_nothing(market: TestTenant, members: dict[str, str]) -> None:
    make_agreement(market, "R1", "S1", **members)
    make_agreement(market, "R1", "S1", productId="P1", **members)
    assert _seen(market.retailer("R1")) == []


def test_an_invisible_product_looks_like_none(market: TestTenant) -> None:
    retailer = market.retailer("R1")
    absent = retailer.get("/v1/products/P3", request_id="r")
    make_product(market, "P3")
    assert (absent.status, retailer.get("/v1/products/P3", request_id="r").content) == (404, absent.content)


def test_a_partner_may_not_write(market: TestTenant) -> None:
    make_agreement(market, "R1", "S1")
    refused = market.retailer("R1").patch("/v1/products/P1", {"name": "B", "version": 1})
    assert (refused.status, refused.json["code"]) == (403, "insufficient_scope")


def test_a_supplier_writes_what_it_created(market: TestTenant) -> None:
    supplier = market.supplier("S1")
    created = supplier.post("/v1/products", {"productId": "P3", "sku": "3", "name": "A"})
    assert (created.status, created.json["supplierId"]) == (201, "S1")
    changed = supplier.patch("/v1/products/P3", {"name": "B", "version": 1})
    replaced = supplier.put("/v1/products/P3", {"sku": "3", "name": "C", "version": 2})
    assert (changed.status, replaced.status, replaced.json["supplierId"]) == (200, 200, "S1")
    assert market.operator.patch("/v1/products/P3", {"name": "D", "version": 3}).json["supplierId"] == "S1"
    assert supplier.delete("/v1/products/P3?version=4").status == 204
    put = supplier.put("/v1/products/P4", {"sku": "4", "name": "A"}, if_none_match="*")
    assert (put.status, put.json["supplierId"]) == (201, "S1")


def test_a_supplier_may_not_write_what_is_anothers(market: TestTenant) -> None:
    theirs = market.supplier("S2").post("/v1/products", {"productId": "P3", "sku": "3", "name": "A"}).json
    for code in ("P1", "P3"):
        for refused in (
            market.supplier("S1").patch(f"/v1/products/{code}", {"name": "B", "version": 1}),
            market.supplier("S1").put(f"/v1/products/{code}", {"sku": "x", "name": "B", "version": 1}),
            market.supplier("S1").delete(f"/v1/products/{code}?version=1"),
        ):
            assert (refused.status, refused.json["code"]) == (403, "not_permitted")
    assert market.operator.get("/v1/products/P3").json == theirs


def test_a_client_of_no_supplier_creates_nothing(market: TestTenant) -> None:
    refused = market.supplier("S9").post("/v1/products", {"sku": "3", "name": "A"})
    assert (refused.status, refused.json["code"]) == (403, "not_permitted")
    assert len(market.operator.get("/v1/products").json["data"]) == 2


def test_a_page_token_serves_its_own_party_only(market: TestTenant) -> None:
    token = market.operator.get("/v1/products?pageSize=1").json["nextPageToken"]
    refused = market.supplier("S1").get(f"/v1/products?pageSize=1&pageToken={token}")
    assert (refused.status, refused.json["code"]) == (400, "invalid_page_token")
