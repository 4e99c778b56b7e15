"""Groups: products that are one thing in several variants, and the stock of each."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import make_agreement, make_product, make_product_group, make_retail_partner
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.resource_rules import ResourceRules
from tests.support.stock import Given, nothing_moves, refused

_PATH = "/v1/productGroups"


class TestGroupRules(ResourceRules):
    __test__ = True
    path = _PATH
    code_member = "groupId"
    prefix = "pgr"
    required = "variesBy"

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"groupId": code, "name": f"Shirt {number}", "variesBy": ["size"]}


def _member(tenant: TestTenant, code: str, **attributes: str) -> ApiAnswer:
    return _made_by(tenant.operator, code, attributes)


def _made_by(client: ApiClient, code: str, attributes: dict[str, str]) -> ApiAnswer:
    body = {"productId": code, "sku": code, "name": code, "groupId": "G1", "attributes": attributes}
    return client.post("/v1/products", body)


def _codes(answer: ApiAnswer) -> list[str]:
    return [row["productId"] for row in answer.json["data"]]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"variesBy": []}, "#/variesBy"),
        ({"variesBy": ["a", "b", "c", "d", "e", "f"]}, "#/variesBy"),
        ({"variesBy": ["size", "colour", "size"]}, "#/variesBy/2"),
        ({"variesBy": [""]}, "#/variesBy/*"),
        ({"variesBy": "size"}, "#/variesBy"),
        ({"name": None}, "#/name"),
    ],
)
def test_a_wrong_value_is_named(tenant: TestTenant, members: dict[str, Any], pointer: str) -> None:
    made = make_product_group(tenant, "G1")
    for answer in (
        tenant.operator.post(_PATH, {"name": "Shirt", "variesBy": ["size"], **members}),
        tenant.operator.patch(f"{_PATH}/G1", {**members, "version": 1}),
    ):
        assert answer.status == 400
        assert answer.json["errors"][0]["pointer"].replace("/0", "/*") == pointer
    assert tenant.operator.get(_PATH).json["data"] == [made]


class TestMembers:
    def test_each_combination_of_values_is_there_once(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1", "size", "colour")
        assert _member(tenant, "P1", size="M", colour="red", care="cold").status == 201
        assert _member(tenant, "P2", size="L", colour="red").status == 201
        with nothing_moves(tenant):
            for size, colour in (("M", "red"), (" m ", "RED"), ("\uff2d", "Red")):
                twin = _member(tenant, "P3", size=size, colour=colour, care="hot")
                refused(twin, 409, "already_exists", pointer="#/attributes", value="G1")
        assert _codes(tenant.operator.get("/v1/products?groupId=G1")) == ["P1", "P2"]

    def test_values_do_not_run_into_each_other(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1", "a", "b")
        assert [_member(tenant, "P1", a="x y", b="z").status, _member(tenant, "P2", a="x", b="y z").status] == [
            201,
            201,
        ]

    def test_other_groups_and_products_without_one_may_have_the_same(
        self, tenant: TestTenant, other_tenant: TestTenant
    ) -> None:
        for each in (tenant, other_tenant):
            make_product_group(each, "G1")
            make_product_group(each, "G2")
            for number, group in enumerate(("G1", "G2", None, None)):
                make_product(each, f"P{number}", groupId=group, attributes={"size": "M"})

    @pytest.mark.parametrize("attributes", [{}, {"size": ""}, {"size": " \u00a0"}, {"Size": "M"}])
    def test_a_member_has_a_value_for_each(self, tenant: TestTenant, attributes: dict[str, str]) -> None:
        make_product_group(tenant, "G1")
        make_product(tenant, "P1", attributes=attributes)
        with nothing_moves(tenant):
            for answer in (
                _member(tenant, "P2", **attributes),
                tenant.operator.patch("/v1/products/P1", {"groupId": "G1", "version": 1}),
                tenant.operator.put(
                    "/v1/products/P1",
                    {"sku": "P1", "name": "x", "groupId": "G1", "attributes": attributes, "version": 1},
                ),
            ):
                refused(answer, 409, "invalid_state", pointer="#/attributes/size", variesBy=["size"], missing=["size"])

    def test_the_place_of_an_attribute_is_a_json_pointer(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1", "w/h~d")
        refused(_member(tenant, "P1"), 409, "invalid_state", pointer="#/attributes/w~1h~0d", missing=["w/h~d"])

    def test_a_member_stays_one_with_every_change(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1")
        _member(tenant, "P1", size="M")
        _member(tenant, "P2", size="L")
        whole = {"sku": "P2", "name": "x", "groupId": "G1"}
        with nothing_moves(tenant):
            taken = [
                tenant.operator.patch("/v1/products/P2", {"attributes": {"size": "m"}, "version": 1}),
                tenant.operator.put("/v1/products/P2", {**whole, "attributes": {"size": "M"}, "version": 1}),
            ]
            lost = [
                tenant.operator.patch("/v1/products/P2", {"attributes": {"size": None}, "version": 1}),
                tenant.operator.put("/v1/products/P2", {**whole, "version": 1}),
            ]
            stale = tenant.operator.patch("/v1/products/P2", {"attributes": {"size": "m"}}, if_match='"9.00000000"')
        for answer in taken:
            refused(answer, 409, "already_exists", pointer="#/attributes", value="G1")
        for answer in lost:
            refused(answer, 409, "invalid_state", missing=["size"])
        refused(stale, 412, "version_conflict", currentVersion=1)
        assert tenant.operator.patch("/v1/products/P2", {"attributes": {"size": "XL"}, "version": 1}).status == 200
        assert _member(tenant, "P3", size="L").status == 201

    def test_a_member_that_leaves_or_is_deleted_makes_room(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1")
        _member(tenant, "P1", size="M")
        left = tenant.operator.patch("/v1/products/P1", {"groupId": None, "version": 1})
        assert (left.status, left.json["groupId"], _member(tenant, "P2", size="M").status) == (200, None, 201)
        refused(tenant.operator.patch("/v1/products/P1", {"groupId": "G1", "version": 2}), 409, "already_exists")
        assert tenant.operator.delete("/v1/products/P2?version=1").status == 204
        assert tenant.operator.patch("/v1/products/P1", {"groupId": "G1", "version": 2}).status == 200

    def test_a_group_that_is_not_there_is_named(self, tenant: TestTenant, other_tenant: TestTenant) -> None:
        make_product_group(other_tenant, "G1")
        make_product(tenant, "P1")
        with nothing_moves(tenant):
            for answer in (
                _member(tenant, "P2", size="M"),
                tenant.operator.patch("/v1/products/P1", {"groupId": "G1", "version": 1}),
                tenant.operator.put("/v1/products/P1", {"sku": "1", "name": "x", "groupId": "G1", "version": 1}),
            ):
                refused(answer, 404, "not_found", pointer="#/groupId")

    def test_the_database_itself_refuses_a_twin_and_a_group_that_is_not_there(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1")
        _member(tenant, "P1", size="M")
        _member(tenant, "P2", size="L")
        for change in (
            "variant_key = (SELECT variant_key FROM products_product WHERE id = 'P1')",
            "group_id = 'NOGROUP'",
            "group_id = NULL",
        ):
            with as_tenant(tenant.id), connection.cursor() as cursor, pytest.raises(IntegrityError):  # noqa: SIM117
                with transaction.atomic():
                    cursor.execute(f"UPDATE products_product SET {change} WHERE id = 'P2'")


class TestChanges:
    def test_what_it_varies_by_changes_where_every_member_still_differs(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1")
        _member(tenant, "P1", size="M", colour="red")
        _member(tenant, "P2", size="L", colour="blue")
        changed = tenant.operator.patch(f"{_PATH}/G1", {"variesBy": ["colour"], "version": 1})
        assert (changed.status, changed.json["variesBy"], changed.json["version"]) == (200, ["colour"], 2)
        refused(_member(tenant, "P3", size="S", colour="Blue"), 409, "already_exists")
        assert _member(tenant, "P3", size="L", colour="green").status == 201

    def test_members_that_lack_a_value_are_named(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1")
        _member(tenant, "P1", size="M", colour="red")
        _member(tenant, "P2", size="L")
        with nothing_moves(tenant):
            answer = tenant.operator.patch(f"{_PATH}/G1", {"variesBy": ["size", "colour"], "version": 1})
        facts = {"missing": ["colour"], "productIds": ["P2"], "variesBy": ["size", "colour"]}
        refused(answer, 409, "invalid_state", **facts)
        assert tenant.operator.get(f"{_PATH}/G1").json["variesBy"] == ["size"]

    def test_members_that_would_be_the_same_are_named(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1")
        for number, size in enumerate("SML"):
            _member(tenant, f"P{number}", size=size, colour="red" if size != "L" else "blue")
        with nothing_moves(tenant):
            answer = tenant.operator.patch(f"{_PATH}/G1", {"variesBy": ["colour"], "version": 1})
        refused(answer, 409, "invalid_state", productIds=["P0", "P1"])

    def test_a_group_with_products_is_not_deleted(self, tenant: TestTenant) -> None:
        make_product_group(tenant, "G1")
        _member(tenant, "P1", size="M")
        with nothing_moves(tenant):
            refused(tenant.operator.delete(f"{_PATH}/G1?version=1"), 409, "resource_in_use")
        assert tenant.operator.delete("/v1/products/P1?version=1").status == 204
        assert tenant.operator.delete(f"{_PATH}/G1?version=1").status == 204


class TestStock:
    def test_each_variant_of_each_supplier_has_a_row(self, tenant: TestTenant) -> None:
        given = Given(tenant)
        make_product_group(tenant, "G1")
        for code, size in (("P1", "M"), ("P2", "L")):
            assert _member(tenant, code, size=size, care="cold").status == 201
        given.warehouse("W1")
        for supplier, product, quantity in (("S1", "P1", 3), ("S1", "P2", 4), ("S2", "P1", 5)):
            given.supplier(supplier)
            path = f"/v1/inventory/{supplier}/{product}"
            receipt = {"type": "receipt", "quantity": quantity, "warehouseLocation": "W1"}
            assert tenant.operator.post(path, receipt, key=f"{supplier}{product}").status == 201
        given.stocked(9, product="P9")
        seen = self._seen(tenant.operator)
        assert seen == [("S1", "P1", "M", 3), ("S1", "P2", "L", 4), ("S2", "P1", "M", 5)]
        row = tenant.operator.get(f"{_PATH}/G1/inventory").json["data"][0]
        assert row["item"] == tenant.operator.get("/v1/inventory/S1/P1").json
        assert self._seen(tenant.supplier("S2")) == [("S2", "P1", "M", 5)]
        filtered = tenant.operator.get("/v1/inventory?groupId=G1").json["data"]
        assert [(each["supplierId"], each["productId"]) for each in filtered] == [each[:2] for each in seen]

    def test_a_retail_partner_sees_what_it_may_buy(self, tenant: TestTenant) -> None:
        given = Given(tenant)
        make_product_group(tenant, "G1")
        for code, size in (("P1", "M"), ("P2", "L")):
            _member(tenant, code, size=size)
            given._made.add(("product", code))
            given.stocked(3, product=code)
        make_retail_partner(tenant, "R1")
        make_retail_partner(tenant, "R2")
        make_agreement(tenant, "R1", "S1", productId="P2")
        partner = tenant.retailer("R1")
        (row,) = partner.get(f"{_PATH}/G1/inventory").json["data"]
        assert (row["variant"], row["item"]) == ({"size": "L"}, partner.get("/v1/inventory/S1/P2").json)
        assert "inventoryLevel" not in row["item"]
        for client, path in ((tenant.retailer("R2"), "G1"), (tenant.operator, "G9")):
            refused(client.get(f"{_PATH}/{path}/inventory"), 404, "not_found")
        assert tenant.retailer("R2").get(_PATH).json["data"] == []

    def test_pages_show_each_once(self, tenant: TestTenant) -> None:
        given = Given(tenant)
        make_product_group(tenant, "G1")
        for number in range(3):
            _member(tenant, f"P{number}", size=str(number))
            given._made.add(("product", f"P{number}"))
            given.stocked(number + 1, product=f"P{number}")
        first = tenant.operator.get(f"{_PATH}/G1/inventory?pageSize=2").json
        query = f"?pageSize=2&pageToken={first['nextPageToken']}"
        assert [row[1] for row in self._seen(tenant.operator, query)] == ["P2"]
        assert self._seen(tenant.operator, "?orderBy=supplierId%20desc")[0][1] == "P2"
        refused(tenant.operator.get(f"/v1/inventory{query}"), 400, "invalid_page_token")

    def _seen(self, client: ApiClient, query: str = "") -> list[tuple[str, str, str, int]]:
        rows = client.get(f"{_PATH}/G1/inventory{query}").json["data"]
        return [
            (
                row["item"]["supplierId"],
                row["item"]["productId"],
                row["variant"]["size"],
                row["item"]["availableQuantity"],
            )
            for row in rows
        ]


def test_groups_are_changed_by_staff(tenant: TestTenant) -> None:
    made = make_product_group(tenant, "G1")
    Given(tenant).supplier("S1")
    supplier = tenant.supplier("S1")
    with nothing_moves(tenant):
        for answer in (
            supplier.post(_PATH, {"name": "x", "variesBy": ["size"]}),
            supplier.patch(f"{_PATH}/G1", {"name": "x", "version": 1}),
            supplier.delete(f"{_PATH}/G1?version=1"),
        ):
            refused(answer, 403, "not_permitted")
    assert supplier.get(f"{_PATH}/G1").json == made
    assert _made_by(supplier, "P1", {"size": "M"}).status == 201
