"""Which vehicles a product fits: stated without overlaps, and searched as people spell them."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from apps.core.context import CallContext, PartyType, Principal
from apps.core.ids import uuid7
from apps.outbox.unit_of_work import as_tenant
from apps.products.models import Product
from apps.products.queries.products import fitting
from apps.products.types import Vehicle
from tests.factories.master_data import (
    make_agreement,
    make_compatibility,
    make_product,
    make_retail_partner,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import nothing_moves, refused

_PATH = "/v1/products/P1/compatibility"
_CAMRY: dict[str, Any] = {"make": "Toyota", "model": "Camry", "yearFrom": 2018, "yearTo": 2024}


def _add(client: ApiClient, *vehicles: dict[str, Any], product: str = "P1") -> ApiAnswer:
    items = [{**_CAMRY, **vehicle} for vehicle in vehicles or [{}]]
    return client.post(f"/v1/products/{product}/compatibility", {"items": items})


def _fits(client: ApiClient, **vehicle: Any) -> list[str]:
    query = "&".join(f"fits.{name}={value}" for name, value in vehicle.items())
    answer = client.get(f"/v1/products?{query.replace(' ', '%20')}")
    assert answer.status == 200, answer.json
    return [row["productId"] for row in answer.json["data"]]


def test_it_lives_from_creation_to_deletion(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    vehicle = {**_CAMRY, "engine": "2.5 L", "trim": "XLE", "position": "front", "notes": "Not the hybrid"}
    added = _add(tenant.operator, vehicle, {"model": "Avalon"})
    assert (added.status, added.headers["Location"]) == (201, _PATH)
    first, second = added.json["data"]
    assert first == {
        **vehicle,
        "compatibilityId": first["compatibilityId"],
        "productId": "P1",
        "version": 1,
        "createdAt": first["createdAt"],
    }
    assert (second["model"], second["engine"], second["position"]) == ("Avalon", None, None)
    assert tenant.operator.get(_PATH).json == {"data": [first, second], "nextPageToken": None}
    one = f"{_PATH}/{first['compatibilityId']}"
    got = tenant.operator.get(one)
    assert (got.status, got.json) == (200, first)
    assert tenant.operator.get(one, if_none_match=got.headers["ETag"]).status == 304
    refused(tenant.operator.delete(one), 428, "precondition_required")
    refused(tenant.operator.delete(f"{one}?version=2"), 409, "version_conflict", currentVersion=1)
    assert tenant.operator.delete(one, if_match=got.headers["ETag"]).status == 204
    for gone in (
        tenant.operator.get(one),
        tenant.operator.delete(f"{one}?version=1"),
        tenant.operator.get(f"{_PATH}/x"),
    ):
        refused(gone, 404, "not_found")
    assert tenant.operator.get(_PATH).json["data"] == [second]


@pytest.mark.parametrize(
    ("vehicle", "place"),
    [
        ({"make": ""}, "make"),
        ({"make": " "}, "make"),
        ({"make": "a\tb"}, "make"),
        ({"make": "\u2003"}, "make"),
        ({"model": "\u3000"}, "model"),
        ({"engine": "\u3000"}, "engine"),
        ({"model": "x" * 101}, "model"),
        ({"yearFrom": 1884}, "yearFrom"),
        ({"yearTo": 2101}, "yearTo"),
        ({"yearFrom": "2018"}, "yearFrom"),
        ({"yearTo": 2017}, "yearTo"),
        ({"engine": 5}, "engine"),
        ({"notes": "x" * 1001}, "notes"),
        ({"year": 2018}, "year"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_added(tenant: TestTenant, vehicle: dict[str, Any], place: str) -> None:
    make_product(tenant, "P1")
    with nothing_moves(tenant):
        answer = _add(tenant.operator, {"model": "Avalon"}, vehicle)
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"].replace("*", "1") == f"#/items/1/{place}"


@pytest.mark.parametrize("count", [0, 1001])
def test_there_is_one_at_least_and_a_thousand_at_most(tenant: TestTenant, count: int) -> None:
    make_product(tenant, "P1")
    vehicles = [{**_CAMRY, "model": f"M{number}"} for number in range(count)]
    with nothing_moves(tenant):
        refused(tenant.operator.post(_PATH, {"items": vehicles}), 400, "validation_error", pointer="#/items")


class TestOverlaps:
    @pytest.mark.parametrize(
        "vehicle",
        [
            {},
            {"yearFrom": 2024, "yearTo": 2030},
            {"yearFrom": 2010, "yearTo": 2018},
            {"yearFrom": 2020, "yearTo": 2021},
            {"make": "TOYOTA", "model": " camry "},
            {"notes": "Other words"},
        ],
    )
    def test_years_of_a_vehicle_do_not_overlap(self, tenant: TestTenant, vehicle: dict[str, Any]) -> None:
        make_product(tenant, "P1")
        make_compatibility(tenant, "P1")
        with nothing_moves(tenant):
            answer = _add(tenant.operator, {"model": "Avalon"}, vehicle)
        refused(answer, 409, "already_exists", pointer="#/items/1")

    @pytest.mark.parametrize(
        "vehicle",
        [
            {"yearFrom": 2025, "yearTo": 2025},
            {"yearFrom": 2017, "yearTo": 2017},
            {"engine": "2.5 L"},
            {"trim": "XLE"},
            {"position": "front"},
        ],
    )
    def test_another_vehicle_or_other_years_may_stand_beside(self, tenant: TestTenant, vehicle: dict[str, Any]) -> None:
        make_product(tenant, "P1")
        make_product(tenant, "P2")
        make_compatibility(tenant, "P1")
        assert (_add(tenant.operator, vehicle).status, _add(tenant.operator, product="P2").status) == (201, 201)

    def test_what_one_request_says_twice_is_named(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        with nothing_moves(tenant):
            answer = _add(tenant.operator, {"engine": "2.5L"}, {"model": "Avalon"}, {"engine": "2.5 l", "yearTo": 2018})
        refused(answer, 400, "validation_error", pointer="#/items/2")

    def test_the_database_itself_refuses_them(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        make_compatibility(tenant, "P1")
        again = """
            INSERT INTO products_compatibility (tenant_id, id, product_id, make, model, year_from, year_to, make_key,
                model_key, engine_key, vehicle_key, created_at)
            SELECT tenant_id, %s, product_id, make, model, %s, %s, make_key, model_key, engine_key, vehicle_key, created_at
            FROM products_compatibility"""
        for years in ((2024, 2030), (2030, 2029), (1, 2)):
            with as_tenant(tenant.id), connection.cursor() as cursor, pytest.raises(IntegrityError):  # noqa: SIM117
                with transaction.atomic():
                    cursor.execute(again, [uuid7(), *years])


class TestSearch:
    def test_a_vehicle_is_found_as_people_spell_it(self, tenant: TestTenant) -> None:
        for code in ("P1", "P2", "P3"):
            make_product(tenant, code)
        make_compatibility(tenant, "P1", engine="2.5 L")
        make_compatibility(tenant, "P1", model="Land  Cruiser")
        make_compatibility(tenant, "P2", yearFrom=2010, yearTo=2017)
        make_compatibility(tenant, "P2", yearFrom=2024, yearTo=2024, engine="3.5 L")
        operator = tenant.operator
        assert _fits(operator, make="toyota") == ["P1", "P2"]
        for engine in ("2.5 L", "2.5L", "2.5l", " 2.5 l "):
            assert _fits(operator, make="TOYOTA", model="CAMRY", year=2019, engine=engine) == ["P1"]
        assert _fits(operator, make="Toyota", model="land cruiser", year=2020, engine="4.0 L") == ["P1"]
        assert _fits(operator, make="Toyota", model="Camry", year=2019, engine="3.5 L") == []
        assert _fits(operator, make="Toyota", model="Camry", year=2024) == ["P1", "P2"]
        for year, codes in ((2009, []), (2010, ["P2"]), (2017, ["P2"]), (2018, ["P1"]), (2025, [])):
            assert _fits(operator, make="Toyota", model="Camry", year=year) == codes
        assert _fits(operator, make=" ") == []

    def test_all_parts_are_of_one_vehicle(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        make_compatibility(tenant, "P1", engine="2.5 L")
        make_compatibility(tenant, "P1", model="Avalon", engine="3.5 L")
        assert _fits(tenant.operator, make="Toyota", model="Avalon", engine="2.5 L") == []

    def test_words_too_long_for_an_index_are_found(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        word = "\ufdfa" * 100
        make_compatibility(tenant, "P1", make=word, model=word, engine=word, trim=word)
        assert _fits(tenant.operator, make=word, model=word, engine=word) == ["P1"]
        assert _fits(tenant.operator, make=word[:99]) == []

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ("fits.model=Camry", "fits.make"),
            ("fits.year=2019", "fits.make"),
            ("fits.make=", "fits.make"),
            ("fits.make=Toyota&fits.year=19", "fits.year"),
            ("fits.make=Toyota&fits.year=2019.5", "fits.year"),
            ("fits.colour=red", "fits.colour"),
        ],
    )
    def test_half_a_vehicle_is_refused(self, tenant: TestTenant, query: str, parameter: str) -> None:
        answer = tenant.operator.get(f"/v1/products?{query}")
        assert (answer.status, answer.json["errors"][0]["parameter"]) == (400, parameter)

    def test_who_sees_the_product_finds_it(self, tenant: TestTenant, other_tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        make_product(tenant, "P2")
        for code in ("P1", "P2"):
            make_compatibility(tenant, code)
        make_supplier(tenant, "S1")
        make_retail_partner(tenant, "R1")
        make_agreement(tenant, "R1", "S1", productId="P2")
        assert _fits(tenant.supplier("S1"), make="Toyota") == ["P1", "P2"]
        assert _fits(tenant.retailer("R1"), make="Toyota") == ["P2"]
        assert _fits(other_tenant.operator, make="Toyota") == []

    def test_one_of_20_000_is_found_by_the_index(self, tenant: TestTenant) -> None:
        """The owner writes the rows, bound by the same policies, and takes them back."""
        make_product(tenant, "P1")
        context = CallContext(
            principal=Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id=""),
            now=None,  # type: ignore[arg-type]  # nobody asks what day it is
            request_id="",
        )
        with connections["owner"].cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
                for statement in _MANY:
                    cursor.execute(statement, {"tenant": tenant.id})
                asked = Vehicle(make="make 7", model="model 3", year=2001, engine="2.5 L")
                rows = fitting(Product.objects.filter(tenant_id=context.tenant_id), asked).order_by("pk")[:51]
                sql, params = rows.query.sql_with_params()
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
                plan = "\n".join(str(line) for (line,) in cursor.fetchall())
                cursor.execute(sql, params)
                found = cursor.fetchall()
            finally:
                cursor.execute("ROLLBACK")
        assert "compatibility_by_vehicle" in plan, plan
        assert "Seq Scan on products_compatibility" not in plan, plan
        assert len(found) == 10


_MANY = (
    """INSERT INTO products_product (tenant_id, id, sku, name, status, attributes, version, created_at, updated_at,
           unit_of_measure, images)
       SELECT %(tenant)s, 'M' || n, 'M' || n, 'x', 'active', '{}', 1, now(), now(), 'EA', '[]'
       FROM generate_series(1, 10000) n""",
    "ANALYZE products_product",  # the check of the foreign key is planned anew: it knew a table of a few rows
    """INSERT INTO products_compatibility (tenant_id, id, product_id, make, model, year_from, year_to, make_key,
           model_key, engine_key, vehicle_key, created_at)
       SELECT %(tenant)s, gen_random_uuid(), 'M' || (1 + n %% 10000), 'x', 'x', 2000, 2002, 'make ' || n %% 50,
           'model ' || n / 50 %% 20, CASE n %% 3 WHEN 0 THEN '' WHEN 1 THEN '2.5l' ELSE '3l' END, gen_random_uuid(), now()
       FROM generate_series(1, 20000) n""",
    "ANALYZE products_compatibility",
)


def test_pages_show_each_once(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    _add(tenant.operator, *({"model": f"M{number}"} for number in range(3)))
    first = tenant.operator.get(f"{_PATH}?pageSize=2").json
    rest = tenant.operator.get(f"{_PATH}?pageSize=2&pageToken={first['nextPageToken']}").json
    assert [row["model"] for row in first["data"] + rest["data"]] == ["M0", "M1", "M2"]


def test_the_same_key_does_it_once(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    first, second = (tenant.operator.post(_PATH, {"items": [_CAMRY]}, key="once") for _ in range(2))
    assert (second.status, second.content, second.headers["Idempotent-Replayed"]) == (201, first.content, "true")


def test_a_deleted_product_takes_it_along(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_compatibility(tenant, "P1")
    assert tenant.operator.delete("/v1/products/P1?version=1").status == 204
    assert _fits(tenant.operator, make="Toyota") == []


def test_who_may_change_the_product_may_add_and_delete(tenant: TestTenant) -> None:
    for supplier in ("S1", "S2"):
        make_supplier(tenant, supplier)
    owner, other = tenant.supplier("S1"), tenant.supplier("S2")
    owner.post("/v1/products", {"productId": "P1", "sku": "1", "name": "A"})
    (made,) = _add(owner).json["data"]
    one = f"{_PATH}/{made['compatibilityId']}"
    with nothing_moves(tenant):
        refused(_add(other, {"model": "Avalon"}), 403, "not_permitted")
        refused(other.delete(f"{one}?version=1"), 403, "not_permitted")
    assert (other.get(one).json, owner.delete(f"{one}?version=1").status) == (made, 204)
