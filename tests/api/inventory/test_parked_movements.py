"""Movements under codes that are not mapped yet: kept, and booked once, as who posted them, when they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.ids import decode_id
from apps.inventory.models import ParkedMovement
from apps.inventory.tasks import book_parked_movements_of, book_parked_movements_of_all_tenants
from apps.outbox.unit_of_work import as_tenant
from apps.transactions.models import StockTransaction
from tests.factories.master_data import (
    make_agreement,
    make_packaging,
    make_retail_partner,
    make_sku_mapping,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import Given, Item, fresh_key, refused, relay, wait_for

_PARKED = "/v1/skuMappings/parked"


@pytest.fixture
def item(tenant: TestTenant) -> Item:
    """Return an item of S1 with a hundred pieces."""
    given = Given(tenant)
    item = given.stocked(100)
    make_packaging(tenant, "P1", "CS", 12)
    return item


def _line(kind: str = "receipt", quantity: int = 10, **members: Any) -> dict[str, Any]:
    place = {"warehouseLocation": "W1"} if kind in {"receipt", "return", "count"} else {}
    return {"type": kind, "supplierId": "S1", "productId": "sku:NEW", "quantity": quantity, **place, **members}


def _post(tenant: TestTenant, *, by: ApiClient | None = None, key: str | None = None, **line: Any) -> ApiAnswer:
    return (by or tenant.supplier("S1")).post("/v1/inventory/transactions", _line(**line), key=key or fresh_key())


def _map(tenant: TestTenant, **members: Any) -> None:
    make_sku_mapping(tenant, "NEW", "P1", supplierId="S1", **members)


def _statuses(client: ApiClient, query: str = "") -> list[str]:
    return [row["status"] for row in client.get(f"{_PARKED}{query}").json["data"]]


class TestOne:
    def test_it_is_parked_shown_and_booked_once_its_code_is_mapped(self, item: Item) -> None:
        tenant, supplier = item.tenant, item.tenant.supplier("S1")
        said: dict[str, Any] = {"reference": "DN-1", "batchNumber": "B1", "expirationDate": "2034-01-01"}
        parked = _post(tenant, **said)
        assert parked.status == 202
        assert parked.headers["Location"] == f"{_PARKED}/{parked.json['parkedMovementId']}"
        assert {name: value for name, value in parked.json["movement"].items() if value is not None} == {
            "type": "receipt",
            "supplierId": "S1",
            "quantity": 10,
            "warehouseLocation": "W1",
            **said,
            "expirationDate": "2034-01-01T23:59:59Z",
        }
        assert (parked.json["status"], parked.json["partnerSku"], parked.json["version"]) == ("parked", "NEW", 1)
        got = supplier.get(parked.headers["Location"])
        assert (got.status, got.json) == (200, parked.json)
        book_parked_movements_of(tenant.id)
        assert (_statuses(supplier), item.balances) == (["parked"], (100, 0, 0, 100))

        _map(tenant)
        book_parked_movements_of(tenant.id)

        booked = supplier.get(parked.headers["Location"]).json
        (transaction,) = booked["transactionIds"]
        assert (booked["status"], booked["productId"], booked["version"]) == ("booked", "P1", 2)
        assert item.levels[("W1", "B1")] == (10, 0, 0, 10)
        entry = supplier.get(f"/v1/transactions/{transaction}").json
        assert (entry["quantity"], entry["reference"], entry["occurredAt"]) == (10, "DN-1", parked.json["createdAt"])
        book_parked_movements_of(tenant.id)
        assert item.balances == (110, 0, 0, 110)

    def test_by_the_items_own_address(self, item: Item) -> None:
        supplier = item.tenant.supplier("S1")
        parked = supplier.post("/v1/inventory/S1/sku:NEW", {"type": "sale", "quantity": 3}, key=fresh_key())
        assert (parked.status, parked.json["movement"]["type"]) == (202, "sale")
        _map(item.tenant)
        book_parked_movements_of_all_tenants()
        assert item.balances == (97, 0, 0, 97)

    def test_it_is_booked_as_who_posted_it_and_told_like_any_other(self, item: Item) -> None:
        tenant = item.tenant
        parked = _post(tenant)
        _map(tenant)
        book_parked_movements_of(tenant.id)
        (transaction,) = tenant.operator.get(parked.headers["Location"]).json["transactionIds"]
        supplier = tenant.supplier("S1").credentials.application_id
        with as_tenant(tenant.id):
            booked = StockTransaction.objects.get(pk=str(decode_id("txn", transaction)))
            posters = (booked.application_id, booked.party_type, booked.party_id, booked.request_id)
        assert posters == (supplier, "supplier", "S1", parked.headers["Request-Id"])
        relay()
        told = tenant.operator.get("/v1/inventory/changes").json["data"]
        assert transaction in [event["data"]["cause"]["transactionId"] for event in told]

    def test_the_unit_of_the_code_counts_unless_the_movement_names_one(self, item: Item) -> None:
        _post(item.tenant, quantity=2)
        _post(item.tenant, quantity=2, unitOfMeasure="EA")
        _map(item.tenant, unitOfMeasure="CS")
        book_parked_movements_of(item.tenant.id)
        assert item.balances == (126, 0, 0, 126)

    def test_a_count_is_as_of_when_it_was_parked(self, item: Item) -> None:
        _post(item.tenant, kind="count", quantity=90)
        item.posted("sale", 5)
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        assert item.balances == (85, 0, 0, 85)

    @pytest.mark.parametrize("source", [{}, {"source": "erp"}])
    def test_a_count_is_as_of_when_it_occurred_if_that_is_said(self, item: Item, source: dict[str, Any]) -> None:
        counted = datetime.now(UTC)
        wait_for(counted)
        item.posted("sale", 5)
        _post(item.tenant, kind="count", quantity=90, occurredAt=counted.isoformat(), **source)
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        assert item.balances == (85, 0, 0, 85)

    def test_the_same_key_is_told_the_same_before_and_after(self, item: Item) -> None:
        tenant = item.tenant
        first = _post(tenant, key="once")
        _map(tenant)
        for _ in range(2):
            again = _post(tenant, key="once")
            assert (again.status, again.content, again.headers["Idempotent-Replayed"]) == (202, first.content, "true")
            book_parked_movements_of(tenant.id)
        assert item.balances == (110, 0, 0, 110)
        other = _post(tenant, key="once", quantity=11)
        assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")

    def test_what_was_posted_is_told_so_when_its_code_is_gone(self, item: Item) -> None:
        tenant = item.tenant
        _map(tenant, skuMappingId="M")
        first = _post(tenant, key="once")
        assert (first.status, item.balances[0]) == (201, 110)
        assert tenant.operator.delete("/v1/skuMappings/M?version=1").status == 204
        again = _post(tenant, key="once")
        assert (again.status, again.content) == (201, first.content)
        assert _statuses(tenant.operator) == []

    def test_versions_are_compared_under_own_codes_too(self, item: Item) -> None:
        _map(item.tenant)
        supplier, sale = item.tenant.supplier("S1"), {"type": "sale", "quantity": 1}
        path = "/v1/inventory/S1/sku:NEW"
        by_header = supplier.post(path, sale, key=fresh_key(), if_match='"99.00000000"')
        by_member = supplier.post(path, {**sale, "version": 99}, key=fresh_key())
        assert (by_header.status, by_member.status) == (412, 409)
        current = supplier.post(path, {**sale, "version": item.version}, key=fresh_key())
        assert (current.status, item.balances[0]) == (201, 99)


class TestWhatWaitsForNothing:
    @pytest.mark.parametrize(
        "line",
        [
            {"kind": "reservation"},
            {"version": 1},
            {"kind": "shipment", "reservationId": f"res_{'0' * 26}"},
            {"supplierId": "S2"},
        ],
    )
    def test_it_is_refused_as_of_a_product_that_is_not_there(self, item: Item, line: dict[str, Any]) -> None:
        make_supplier(item.tenant, "S2")
        refused = _post(item.tenant, **line)
        assert (refused.status, refused.json["code"]) == (404, "not_found")
        assert _statuses(item.tenant.operator) == []

    def test_staff_have_no_codes_of_their_own(self, item: Item) -> None:
        refused = _post(item.tenant, by=item.tenant.operator)
        assert (refused.status, _statuses(item.tenant.operator)) == (404, [])

    def test_what_no_movement_may_be_is_refused_at_once(self, item: Item) -> None:
        refused = _post(item.tenant, kind="adjustment", quantity=0, reason="x")
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "#/quantity")
        assert _statuses(item.tenant.operator) == []

    def test_a_partner_parks_what_is_of_its_own_item_and_nothing_of_others(self, item: Item) -> None:
        tenant = item.tenant
        make_retail_partner(tenant, "R1")
        partner = tenant.retailer("R1")
        theirs = partner.post("/v1/inventory/S1/sku:NEW", {"type": "sale", "quantity": 1}, key=fresh_key())
        own = partner.post(
            "/v1/inventory/S1/sku:NEW?retailPartnerId=R1", {"type": "sale", "quantity": 1}, key=fresh_key()
        )
        assert (theirs.status, own.status) == (404, 202)
        assert (_statuses(partner), _statuses(tenant.supplier("S1")), _statuses(tenant.operator)) == (
            ["parked"],
            [],
            ["parked"],
        )

    def test_a_supplier_parks_nothing_of_a_partner_s_item(self, item: Item) -> None:
        make_retail_partner(item.tenant, "R1")
        make_agreement(item.tenant, "R1", "S1")
        known, unknown = (_post(item.tenant, retailPartnerId="R1", productId=code) for code in ("P1", "sku:NEW"))
        assert (known.status, unknown.status, _statuses(item.tenant.operator)) == (404, 404, [])

    @pytest.mark.parametrize("code", ["", "x%0Ay", "x%7Fy", "x" * 65])
    def test_a_code_that_nobody_can_map_is_not_waited_for(self, item: Item, code: str) -> None:
        sale = {"type": "sale", "quantity": 1}
        answer = item.tenant.supplier("S1").post(f"/v1/inventory/S1/sku:{code}", sale, key=fresh_key())
        refused(answer, 404, "not_found")
        assert _statuses(item.tenant.operator) == []


class TestBatch:
    def _send(self, item: Item, mode: str, *lines: dict[str, Any], key: str = "batch") -> ApiAnswer:
        return item.tenant.supplier("S1").post("/v1/inventory/batch", {"mode": mode, "items": list(lines)}, key=key)

    def test_partial_parks_the_line_and_does_the_others(self, item: Item) -> None:
        lines = (_line(), item.entry("sale", 1), item.entry("sale", 1000), _line("reservation"), _line("sale", 2))
        answer = self._send(item, "partial", *lines)
        assert [result["status"] for result in answer.json["results"]] == [
            "parked",
            "posted",
            "refused",
            "refused",
            "parked",
        ]
        assert answer.json["summary"] == {"posted": 1, "refused": 2, "parked": 2}
        assert answer.json["results"][3]["problem"]["code"] == "not_found"
        assert self._send(item, "partial", *lines).content == answer.content
        assert item.balances[0] == 99
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        assert (item.balances[0], _statuses(item.tenant.operator)) == (107, ["booked", "booked"])
        assert self._send(item, "partial", *lines).content == answer.content

    def test_lines_are_booked_in_their_order(self, item: Item) -> None:
        references = [f"{number:02}" for number in range(20)]
        self._send(item, "partial", *(_line(reference=reference) for reference in references))
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        assert [row["reference"] for row in item.ledger[1:]] == references

    def test_nothing_but_parked_lines(self, item: Item) -> None:
        answer = self._send(item, "partial", _line(), _line())
        assert (answer.status, answer.json["summary"]) == (200, {"posted": 0, "refused": 0, "parked": 2})

    def test_atomic_is_all_or_none(self, item: Item) -> None:
        refused = self._send(item, "atomic", item.entry("sale", 1), _line())
        assert (refused.status, [error["pointer"] for error in refused.json["errors"]]) == (404, ["#/items/1"])
        assert (item.balances[0], _statuses(item.tenant.operator)) == (100, [])


class TestWhatBecomesOfIt:
    def test_what_cannot_be_booked_says_why_and_holds_nobody_up(self, item: Item) -> None:
        _post(item.tenant, kind="sale", quantity=1000)
        _post(item.tenant, kind="sale", quantity=1)
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        refused, booked = item.tenant.operator.get(_PARKED).json["data"]
        assert (refused["status"], booked["status"]) == ("refused", "booked")
        assert refused["problem"] == {
            "status": 409,
            "code": "insufficient_stock",
            "title": "There is not enough stock available",
            "detail": "100 are available, 1000 were asked for.",
        }
        book_parked_movements_of(item.tenant.id)
        assert item.balances[0] == 99

    @pytest.mark.parametrize("wrong", [{"unitOfMeasure": "PX"}, {"warehouseLocation": "NOWHERE"}])
    def test_what_is_wrong_is_said_as_it_is_said_at_once(self, item: Item, wrong: dict[str, Any]) -> None:
        direct = _post(item.tenant, productId="P1", **wrong).json
        _post(item.tenant, **wrong)
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        (row,) = item.tenant.operator.get(_PARKED).json["data"]
        said = ("status", "code", "title", "detail", "errors")
        assert {name: row["problem"].get(name) for name in said} == {name: direct[name] for name in said}

    def test_a_count_that_was_not_believed_names_its_review(self, item: Item) -> None:
        counted = datetime.now(UTC) - timedelta(minutes=30)
        item.posted("count", 8, warehouseLocation="W1", source="pos", countedAt=counted.isoformat())
        earlier = (counted - timedelta(minutes=10)).isoformat()
        parked = _post(item.tenant, kind="count", quantity=5, countedAt=earlier, source="erp")
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        (review,) = item.tenant.operator.get("/v1/reviews").json["data"]
        row = item.tenant.supplier("S1").get(parked.headers["Location"]).json
        assert (row["reviewId"], row["transactionIds"]) == (review["reviewId"], [])

    def test_they_are_booked_in_the_order_in_which_they_came(self, item: Item) -> None:
        _post(item.tenant, quantity=50)
        _post(item.tenant, kind="sale", quantity=150)
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        assert (_statuses(item.tenant.operator), item.balances[0]) == (["booked", "booked"], 0)

    def test_what_fails_between_booking_and_its_note_is_booked_once(
        self, item: Item, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _post(item.tenant)
        _map(item.tenant)
        with monkeypatch.context() as broken:
            broken.setattr(ParkedMovement, "save", _fail)
            with pytest.raises(InterruptedError):
                book_parked_movements_of(item.tenant.id)
        assert (_statuses(item.tenant.operator), item.balances[0]) == (["parked"], 100)
        book_parked_movements_of(item.tenant.id)
        book_parked_movements_of(item.tenant.id)
        assert (_statuses(item.tenant.operator), item.balances[0]) == (["booked"], 110)

    def test_an_archived_mapping_books_nothing(self, item: Item) -> None:
        _post(item.tenant)
        _map(item.tenant, status="archived", skuMappingId="M")
        book_parked_movements_of(item.tenant.id)
        assert _statuses(item.tenant.operator) == ["parked"]
        item.tenant.operator.patch("/v1/skuMappings/M", {"status": "active", "version": 1})
        book_parked_movements_of(item.tenant.id)
        assert _statuses(item.tenant.operator) == ["booked"]

    def test_the_code_of_another_party_books_nothing(self, item: Item) -> None:
        tenant = item.tenant
        make_supplier(tenant, "S2")
        make_retail_partner(tenant, "S1")  # a partner whose code is a supplier's
        _post(tenant)
        make_sku_mapping(tenant, "NEW", "P1", supplierId="S2")
        make_sku_mapping(tenant, "NEW", "P1", retailPartnerId="S1")
        book_parked_movements_of(tenant.id)
        assert _statuses(tenant.operator) == ["parked"]

    def test_what_is_dropped_is_never_booked(self, item: Item) -> None:
        tenant, supplier = item.tenant, item.tenant.supplier("S1")
        dropped, kept = (_post(tenant).headers["Location"] for _ in range(2))
        assert supplier.delete(dropped).status == 428
        assert supplier.delete(f"{dropped}?version=2").status == 409
        tag = supplier.get(dropped).headers["ETag"]
        assert (supplier.delete(dropped, if_match=tag).status, supplier.get(dropped).status) == (204, 404)
        _map(tenant)
        book_parked_movements_of(tenant.id)
        assert item.balances[0] == 110
        assert supplier.delete(f"{kept}?version=1").status == 409
        assert supplier.delete(f"{kept}?version=2").status == 204
        assert item.balances[0] == 110

    def test_lists_are_filtered(self, item: Item) -> None:
        _post(item.tenant)
        _map(item.tenant)
        book_parked_movements_of(item.tenant.id)
        _post(item.tenant, productId="sku:OTHER")
        operator = item.tenant.operator
        assert _statuses(operator) == ["booked", "parked"]
        assert _statuses(operator, "?status=parked") == _statuses(operator, "?partnerSku=OTHER") == ["parked"]
        assert _statuses(operator, "?productId=P1") == ["booked"]

    def test_not_yours_is_not_there(self, item: Item, other_tenant: TestTenant) -> None:
        make_supplier(item.tenant, "S2")
        path = _post(item.tenant).headers["Location"]
        for client in (item.tenant.supplier("S2"), item.tenant.retailer("S1"), other_tenant.operator):
            assert (client.get(path).status, client.delete(f"{path}?version=1").status) == (404, 404)
            assert client.get(_PARKED).json["data"] == []
        assert _statuses(item.tenant.operator) == ["parked"]


def _fail(*_: Any, **__: Any) -> None:
    raise InterruptedError
