"""Batches: held wherever they lie, told to whom it concerns, traced to everybody who got of them."""

from typing import Any

import pytest

from apps.core.context import PartyType
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.notices import heard, waiting
from tests.support.stock import Given, Item, fresh_key, nothing_moves, refused

_BATCHES = "/v1/batches"


def mark(item: Item, verb: str, number: str = "B1", *, by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    """Hold a batch or let it go."""
    headers = {"if_match": members.pop("if_match")} if "if_match" in members else {}
    body = {"supplierId": item.supplier, "productId": item.product, "reason": "Glass", **members}
    if item.partner:
        body["retailPartnerId"] = item.partner
    key = str(body.pop("key", fresh_key()))
    return (by or item.tenant.operator).post(f"{_BATCHES}/{number}/{verb}", body, key=key, **headers)


def marked(item: Item, verb: str, number: str = "B1", **members: Any) -> dict[str, Any]:
    """Hold a batch or let it go, and return the answer."""
    answer = mark(item, verb, number, **members)
    assert answer.status == 200, answer.json
    body: dict[str, Any] = answer.json
    return body


def trace(item: Item, number: str = "B1", *, by: ApiClient | None = None) -> dict[str, Any]:
    """Return a batch's trace; of a partner's item, that partner's."""
    query = f"supplierId={item.supplier}&productId={item.product}"
    if item.partner:
        query += f"&retailPartnerId={item.partner}"
    answer = (by or item.tenant.operator).get(f"{_BATCHES}/{number}/trace?{query}")
    assert answer.status == 200, answer.json
    body: dict[str, Any] = answer.json
    totals = body["totals"]
    assert totals["inventoryLevel"] == (
        totals["receivedQuantity"]
        + totals["returnedQuantity"]
        - totals["soldQuantity"]
        - totals["shippedQuantity"]
        - totals["damagedQuantity"]
        + totals["adjustedQuantity"]
        + totals["transferredQuantity"]
    )
    for parts in (body["levels"], body["parties"]):
        assert sum(part["inventoryLevel"] for part in parts) == totals["inventoryLevel"]
    return body


def notices(tenant: TestTenant, party: PartyType = PartyType.TENANT, code: str = "") -> list[tuple[str, str | None]]:
    """Return type, and whose batch it is, of the notices that a party gets, oldest first."""
    told = heard(tenant, {"batch.held", "batch.released"}, party, code)
    return [(kind.removeprefix("batch."), data["retailPartnerId"]) for kind, data in told]


@pytest.fixture
def spread(given: Given) -> Item:
    """Return an item whose batch B1 lies in the house and with R1; R2 has another batch. All are shared with."""
    item = given.stocked(100, batch="B1", expires="2034-01-01")
    item.posted("receipt", 50, warehouseLocation="W1", batchNumber="B2", expirationDate="2035-01-01")
    for partner in ("R1", "R2", "R3"):
        given.agreement(partner)
    given.warehouse("RW1", partner="R1")
    given.warehouse("RW2", partner="R2")
    away = {"warehouseLocation": "W1"}
    item.posted("transfer", 30, batchNumber="B1", toWarehouseLocation="RW1", **away)
    item.posted("transfer", 20, batchNumber="B2", toWarehouseLocation="RW2", **away)
    return item


def copy_of(item: Item, partner: str) -> Item:
    """Return a retail partner's own item of the same product."""
    return Item(item.tenant, item.supplier, item.product, partner)


class TestTheHold:
    def test_nothing_of_it_is_offered_or_picked_and_all_is_still_there(self, spread: Item) -> None:
        body = marked(spread, "hold")
        assert body == {
            "supplierId": "S1",
            "productId": "P1",
            "batchNumber": "B1",
            "held": True,
            "reason": "Glass",
            "version": 5,
            "items": [
                {"retailPartnerId": None, "changed": True, "inventoryLevel": 70, "version": 5, "displaced": []},
                {"retailPartnerId": "R1", "changed": True, "inventoryLevel": 30, "version": 2, "displaced": []},
            ],
        }
        assert spread.balances == (100, 0, 0, 30)
        assert {level["batchNumber"]: level["held"] for level in spread.get().json["levels"]} == {
            "B1": True,
            "B2": False,
        }
        offered = spread.get(by=spread.tenant.retailer("R3")).json
        assert (offered["availableQuantity"], [each["batchNumber"] for each in offered["batches"]]) == (30, ["B2"])
        with nothing_moves(spread.tenant):
            for kind in ("sale", "reservation", "shipment"):
                refused(spread.post(kind, 31), 409, "insufficient_stock", available=30)
                refused(spread.post(kind, 1, batchNumber="B1"), 409, "insufficient_stock", available=0)
            refused(copy_of(spread, "R1").post("sale", 1), 409, "insufficient_stock", available=0)
            away: dict[str, Any] = {"warehouseLocation": "W1", "toWarehouseLocation": "RW1", "batchNumber": "B1"}
            refused(spread.post("transfer", 1, **away), 409, "insufficient_stock", available=0)
        spread.posted("sale", 30)
        assert spread.levels == {("W1", "B1"): (70, 0, 0, 0), ("W1", "B2"): (0, 0, 0, 0)}

    def test_the_answer_has_the_items_tag(self, spread: Item) -> None:
        answer = mark(spread, "hold", if_match=spread.get().headers["ETag"])
        assert (answer.status, answer.headers["ETag"].partition(".")[0]) == (200, '"5')
        with nothing_moves(spread.tenant):
            refused(mark(spread, "unhold", if_match='"4.00000000"'), 412, "version_conflict", currentVersion=5)

    def test_writing_it_off_is_allowed(self, spread: Item) -> None:
        marked(spread, "hold")
        spread.posted("damage", 70, batchNumber="B1", reason="Recalled", disposition="scrap")
        assert spread.levels["W1", "B1"] == (0, 0, 0, 0)

    def test_what_is_received_of_it_later_is_held_too(self, spread: Item, given: Given) -> None:
        given.warehouse("W2")
        marked(spread, "hold")
        spread.posted("receipt", 5, warehouseLocation="W2", batchNumber="B1")
        assert spread.levels["W2", "B1"] == (5, 0, 0, 0)

    def test_twice_is_harmless(self, spread: Item) -> None:
        marked(spread, "hold")
        before = (spread.version, len(notices(spread.tenant)))
        again = marked(spread, "hold")
        assert [item["changed"] for item in again["items"]] == [False, False]
        assert (spread.version, len(notices(spread.tenant))) == before

    def test_a_key_is_one_hold(self, spread: Item) -> None:
        first, again = (mark(spread, "hold", key="once") for _ in range(2))
        assert (again.status, again.content, "Idempotent-Replayed" in again.headers) == (200, first.content, True)
        refused(mark(spread, "unhold", key="once"), 422, "idempotency_key_reused")

    def test_let_go_it_is_offered_again(self, spread: Item) -> None:
        marked(spread, "hold")
        body = marked(spread, "unhold", reason="Nothing found")
        assert [(item["retailPartnerId"], item["changed"]) for item in body["items"]] == [(None, True), ("R1", True)]
        assert (spread.balances[3], copy_of(spread, "R1").balances[3]) == (100, 30)
        (row,) = [
            row
            for row in spread.tenant.operator.get(f"{_BATCHES}?batchNumber=B1").json["data"]
            if not row["retailPartnerId"]
        ]
        assert (row["held"], row["holdReason"], row["heldAt"]) == (False, None, None)

    def test_only_the_houses_where_staff_say_so(self, spread: Item) -> None:
        body = marked(spread, "hold", downstream=False)
        assert [item["retailPartnerId"] for item in body["items"]] == [None]
        assert (spread.balances[3], copy_of(spread, "R1").balances[3]) == (30, 30)

    def test_only_a_partners_where_staff_name_it(self, spread: Item) -> None:
        body = marked(copy_of(spread, "R1"), "hold")
        assert [item["retailPartnerId"] for item in body["items"]] == ["R1"]
        assert (spread.balances[3], copy_of(spread, "R1").balances[3]) == (100, 0)

    def test_copies_are_held_where_the_house_never_had_the_batch(self, spread: Item) -> None:
        copy_of(spread, "R1").posted("receipt", 5, warehouseLocation="RW1", batchNumber="B9")
        body = marked(spread, "hold", "B9")
        assert [(item["retailPartnerId"], item["inventoryLevel"]) for item in body["items"]] == [("R1", 5)]


class TestReservationsOnIt:
    def test_they_give_way_and_those_on_other_batches_stay(self, spread: Item) -> None:
        first = spread.posted("reservation", 60, batchNumber="B1", by=spread.tenant.retailer("R2"))["reservationId"]
        both = spread.posted("reservation", 15)["reservationId"]  # the last 10 of B1, 5 of B2
        other = spread.posted("reservation", 10, batchNumber="B2")["reservationId"]
        body = marked(spread, "hold")
        lost = {each["reservationId"]: each["quantity"] for each in body["items"][0]["displaced"]}
        assert lost == {first: 60, both: 10}
        assert spread.levels == {("W1", "B1"): (70, 0, 0, 0), ("W1", "B2"): (30, 15, 0, 15)}
        releases = [row for row in spread.ledger if row["reason"] == "displaced"]
        assert {(row["type"], row["reservationId"], row["reservedChange"]) for row in releases} == {
            ("release", first, -60),
            ("release", both, -10),
        }
        with nothing_moves(spread.tenant):
            refused(spread.post("shipment", 1, reservationId=first), 409, "insufficient_stock", available=0)
        spread.posted("shipment", 5, reservationId=both)
        spread.posted("shipment", 10, reservationId=other)
        told = waiting(spread.tenant, ["reservation.displaced"])
        assert sorted(told) == sorted(("reservation.displaced", name, 2) for name in (first, both))

    def test_a_partners_own_reservations_give_way_too(self, spread: Item) -> None:
        mine = copy_of(spread, "R1")
        held = mine.posted("reservation", 12, by=spread.tenant.retailer("R1"))["reservationId"]
        body = marked(spread, "hold")
        assert body["items"][1]["displaced"] == [{"reservationId": held, "quantity": 12}]
        assert mine.balances == (30, 0, 0, 0)


class TestWhoHears:
    def test_staff_the_supplier_and_the_partners_whom_it_concerns(self, spread: Item, given: Given) -> None:
        tenant = spread.tenant
        given.supplier("S2")
        for partner in ("R4", "R5"):
            given.agreement(partner)
        # R1 has of it; R2's reservation gives way; R3 was shipped it; R4 released what it held; R5 never had any.
        spread.posted("reservation", 5, batchNumber="B1", by=tenant.retailer("R2"))
        shipped = spread.posted("reservation", 5, batchNumber="B1", by=tenant.retailer("R3"))["reservationId"]
        spread.posted("shipment", 5, reservationId=shipped)
        given_back = spread.posted("reservation", 5, batchNumber="B1", by=tenant.retailer("R4"))["reservationId"]
        spread.posted("release", reservationId=given_back)
        marked(spread, "hold")
        house, own = ("held", None), ("held", "R1")
        assert notices(tenant) == [house, own]
        assert notices(tenant, PartyType.SUPPLIER, "S1") == [house]
        assert notices(tenant, PartyType.SUPPLIER, "S2") == []
        for partner, hears in (("R1", [house, own]), ("R2", [house]), ("R3", [house]), ("R4", []), ("R5", [])):
            assert notices(tenant, PartyType.RETAIL_PARTNER, partner) == hears, partner
        marked(spread, "unhold", reason=None)
        assert notices(tenant, PartyType.RETAIL_PARTNER, "R2") == [house, ("released", None)]

    def test_a_partner_that_was_sold_to_straight_out_of_the_house(self, spread: Item) -> None:
        spread.posted("sale", 1, batchNumber="B1", forRetailPartnerId="R3")
        spread.posted("shipment", 1, batchNumber="B2", forRetailPartnerId="R2")
        marked(spread, "hold")
        assert notices(spread.tenant, PartyType.RETAIL_PARTNER, "R3") == [("held", None)]
        assert notices(spread.tenant, PartyType.RETAIL_PARTNER, "R2") == []

    def test_a_notice_says_which_and_why_and_nobodys_numbers(self, spread: Item) -> None:
        marked(spread, "hold", reason="Glass found")
        told = heard(spread.tenant, {"batch.held"}, PartyType.RETAIL_PARTNER, "R1")
        assert told[0] == (
            "batch.held",
            {
                "supplierId": "S1",
                "productId": "P1",
                "retailPartnerId": None,
                "batchNumber": "B1",
                "expirationDate": "2034-01-01T23:59:59.000000Z",
                "held": True,
                "reason": "Glass found",
            },
        )

    def test_an_only_houses_hold_still_reaches_who_has_of_it(self, spread: Item) -> None:
        marked(spread, "hold", downstream=False)
        assert notices(spread.tenant, PartyType.RETAIL_PARTNER, "R1") == [("held", None)]


class TestWhoMay:
    def test_a_supplier_holds_its_house_batch_and_no_partners(self, spread: Item, given: Given) -> None:
        given.supplier("S2")
        supplier = spread.tenant.supplier("S1")
        with nothing_moves(spread.tenant):
            refused(mark(spread, "hold", by=supplier, downstream=True), 403, "not_permitted")
            refused(mark(copy_of(spread, "R1"), "hold", by=supplier), 404, "not_found")
            refused(mark(spread, "hold", by=spread.tenant.supplier("S2")), 404, "not_found")
        body = marked(spread, "hold", by=supplier)
        assert [item["retailPartnerId"] for item in body["items"]] == [None]
        assert copy_of(spread, "R1").balances[3] == 30

    def test_a_partner_holds_its_own(self, spread: Item) -> None:
        mine, own = copy_of(spread, "R1"), spread.tenant.retailer("R1")
        with nothing_moves(spread.tenant):
            refused(mark(spread, "hold", by=own), 404, "not_found")
            refused(mark(mine, "hold", by=spread.tenant.retailer("R2")), 404, "not_found")
        marked(mine, "hold", by=own)
        assert (spread.balances[3], mine.balances[3]) == (100, 0)
        marked(mine, "unhold", by=own)
        assert mine.balances[3] == 30

    def test_what_is_not_there_is_not_found(self, spread: Item) -> None:
        with nothing_moves(spread.tenant):
            refused(mark(spread, "hold", "B7"), 404, "not_found")
            refused(mark(Item(spread.tenant, "S1", "P9"), "hold"), 404, "not_found")
            refused(mark(spread, "hold", reason=None), 400, "validation_error", pointer="#/reason")


class TestTheTrace:
    def test_every_movement_place_and_party(self, spread: Item, given: Given) -> None:
        given.warehouse("W2")
        mine = copy_of(spread, "R1")
        spread.posted("transfer", 10, warehouseLocation="W1", toWarehouseLocation="W2", batchNumber="B1")
        spread.posted("sale", 7, batchNumber="B1", forRetailPartnerId="R3")
        spread.posted("damage", 2, batchNumber="B1", reason="x", disposition="scrap", warehouseLocation="W1")
        spread.posted("damage", 1, batchNumber="B1", reason="x", warehouseLocation="W1")
        spread.posted("return", 1, warehouseLocation="W1", batchNumber="B1")
        spread.posted("adjustment", 3, warehouseLocation="W2", batchNumber="B1", reason="x")
        held = spread.posted("reservation", 20, batchNumber="B1", by=spread.tenant.retailer("R2"))["reservationId"]
        spread.posted("shipment", 4, reservationId=held)
        mine.posted("sale", 5)
        body = trace(spread)
        assert body["totals"] == {
            "receivedQuantity": 100,
            "returnedQuantity": 1,
            "soldQuantity": 12,
            "shippedQuantity": 4,
            "damagedQuantity": 2,
            "adjustedQuantity": 3,
            "transferredQuantity": 0,
            "inventoryLevel": 86,
        }
        places = {(level["retailPartnerId"], level["warehouseLocation"]): balance(level) for level in body["levels"]}
        assert sum(level[0] for level in places.values()) == 86
        assert places["R1", "RW1"] == (25, 0, 0)
        assert sum(level[1] for level in places.values()) == 16
        assert [(party["retailPartnerId"], party["inventoryLevel"]) for party in body["parties"]] == [
            (None, 61),
            ("R1", 25),
        ]
        assert body["partners"] == [
            {
                "retailPartnerId": "R1",
                "sentQuantity": 30,
                "deliveredQuantity": 30,
                "takenQuantity": 0,
                "inventoryLevel": 25,
            },
            {
                "retailPartnerId": "R2",
                "sentQuantity": 0,
                "deliveredQuantity": 0,
                "takenQuantity": 4,
                "inventoryLevel": 0,
            },
            {
                "retailPartnerId": "R3",
                "sentQuantity": 0,
                "deliveredQuantity": 0,
                "takenQuantity": 7,
                "inventoryLevel": 0,
            },
        ]
        assert body["reservations"] == [
            {
                "reservationId": held,
                "retailPartnerId": None,
                "forRetailPartnerId": "R2",
                "reservedQuantity": 20,
                "heldQuantity": 16,
                "shippedQuantity": 4,
                "displacedQuantity": 0,
            }
        ]
        booked = [row for row in [*spread.ledger, *mine.ledger] if row["batchNumber"] == "B1"]
        assert body["movementCount"] == len(booked)
        assert {row["transactionId"] for row in body["movements"]} == {row["transactionId"] for row in booked}
        marked(spread, "hold")
        after = trace(spread)
        assert [party["held"] for party in after["parties"]] == [True, True]
        assert (after["reservations"][0]["heldQuantity"], after["reservations"][0]["displacedQuantity"]) == (0, 16)

    def test_each_party_traces_what_is_its_own(self, spread: Item, given: Given) -> None:
        given.supplier("S2")
        mine = copy_of(spread, "R1")
        spread.posted("sale", 7, batchNumber="B1", forRetailPartnerId="R3")
        spread.posted("reservation", 3, batchNumber="B1", by=spread.tenant.retailer("R2"))
        supplier = trace(spread, by=spread.tenant.supplier("S1"))
        assert [party["retailPartnerId"] for party in supplier["parties"]] == [None]
        assert (supplier["totals"]["transferredQuantity"], supplier["partners"]) == (-30, [])
        assert [each["forRetailPartnerId"] for each in supplier["reservations"]] == [None]
        assert "R1" not in str(supplier)
        for body in (trace(mine, by=spread.tenant.retailer("R1")), trace(mine)):
            assert [party["retailPartnerId"] for party in body["parties"]] == ["R1"]
            assert (body["totals"]["transferredQuantity"], body["movementCount"]) == (30, 1)
        named = "?supplierId=S1&productId=P1"
        for reader, query in (
            (spread.tenant.supplier("S2"), named),
            (spread.tenant.supplier("S1"), f"{named}&retailPartnerId=R1"),
            (spread.tenant.retailer("R2"), named),
            (spread.tenant.retailer("R2"), f"{named}&retailPartnerId=R1"),
            (spread.tenant.operator, "?supplierId=S1&productId=P9"),
        ):
            refused(reader.get(f"{_BATCHES}/B1/trace{query}"), 404, "not_found")
        own = spread.tenant.retailer("R1").get(f"{_BATCHES}/B1/trace{named}")
        assert (own.status, [party["retailPartnerId"] for party in own.json["parties"]]) == (200, ["R1"])

    def test_it_names_its_item(self, spread: Item) -> None:
        for query, missing in (
            ("", "supplierId"),
            ("?supplierId=S1", "productId"),
            ("?supplierId=&productId=P1", "supplierId"),
        ):
            answer = spread.tenant.operator.get(f"{_BATCHES}/B1/trace{query}")
            refused(answer, 400, "invalid_request", pointer=missing)


class TestTheList:
    def test_it_is_filtered_and_each_party_sees_its_own(self, spread: Item) -> None:
        marked(copy_of(spread, "R1"), "hold", reason="Seal")
        operator = spread.tenant.operator
        rows = operator.get(_BATCHES).json["data"]
        assert [(row["batchNumber"], row["retailPartnerId"], row["inventoryLevel"], row["held"]) for row in rows] == [
            ("B1", None, 70, False),
            ("B1", "R1", 30, True),
            ("B2", None, 30, False),
            ("B2", "R2", 20, False),
        ]
        assert (rows[1]["holdReason"], rows[1]["expirationDate"]) == ("Seal", "2034-01-01T23:59:59.000000Z")
        for query, found in (
            ("held=true", 1),
            ("held=false", 3),
            ("expiringBefore=2034-06-01T00:00:00Z", 2),
            ("batchNumber=B2", 2),
            ("retailPartnerId=R2", 1),
            ("supplierId=S2", 0),
            ("productId=P1", 4),
        ):
            assert len(operator.get(f"{_BATCHES}?{query}").json["data"]) == found, query
        refused(operator.get(f"{_BATCHES}?held=maybe"), 400, "validation_error", pointer="held")
        for reader, sees in (
            (spread.tenant.supplier("S1"), [("B1", None), ("B2", None)]),
            (spread.tenant.retailer("R1"), [("B1", "R1")]),
            (spread.tenant.retailer("R3"), []),
        ):
            listed = reader.get(_BATCHES).json["data"]
            assert [(row["batchNumber"], row["retailPartnerId"]) for row in listed] == sees
        first = operator.get(f"{_BATCHES}?pageSize=3&orderBy=batchNumber desc").json
        rest = operator.get(f"{_BATCHES}?pageSize=3&orderBy=batchNumber desc&pageToken={first['nextPageToken']}").json
        assert [row["batchNumber"] for row in first["data"] + rest["data"]] == ["B2", "B2", "B1", "B1"]


def balance(level: dict[str, Any]) -> tuple[int, int, int]:
    """On hand, reserved, on hold."""
    return level["inventoryLevel"], level["reservedQuantity"], level["onHoldQuantity"]
