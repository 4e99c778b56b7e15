"""Pools: a guaranteed share is nobody else's, however it is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.context import PartyType
from tests.factories.master_data import make_retail_partner
from tests.support.api import ApiAnswer
from tests.support.notices import heard
from tests.support.stock import Given, Item, events_of, fresh_key, nothing_moves, refused, wait_for

_POOLS = "/v1/allocations"


def in_seconds(seconds: float) -> str:
    """Return a moment as bodies take it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def allocate(item: Item, quantity: int, *, by: Any = None, **members: Any) -> ApiAnswer:
    """Make a pool of an item; R1's unless a channel or another partner is named."""
    named = members if {"channel", "retailPartnerId"} & set(members) else {"retailPartnerId": "R1", **members}
    body = {"supplierId": item.supplier, "productId": item.product, "quantity": quantity, **named}
    return (by or item.tenant.operator).post(_POOLS, body)


def allocated(item: Item, quantity: int, **members: Any) -> dict[str, Any]:
    """Make a pool and return it."""
    answer = allocate(item, quantity, **members)
    assert answer.status == 201, answer.json
    body: dict[str, Any] = answer.json
    return body


def use(item: Item, pool: dict[str, Any]) -> tuple[int, int, int]:
    """Return what of a pool was sold, is held and is open."""
    body = item.tenant.operator.get(f"{_POOLS}/{pool['allocationId']}").json
    return body["soldQuantity"], body["heldQuantity"], body["openQuantity"]


@pytest.fixture
def shared(given: Given) -> Item:
    """Return an item with 100 in stock, shared with R1 and R2."""
    item = given.stocked(100)
    given.agreement("R1")
    given.agreement("R2")
    return item


class TestThePool:
    def test_it_lives_from_creation_to_deletion(self, shared: Item) -> None:
        operator = shared.tenant.operator
        answer = allocate(shared, 60)
        made = answer.json
        assert (answer.status, answer.headers["Location"]) == (201, f"{_POOLS}/{made['allocationId']}")
        assert made == {
            "allocationId": made["allocationId"],
            "supplierId": "S1",
            "productId": "P1",
            "retailPartnerId": "R1",
            "channel": None,
            "quantity": 60,
            "soldQuantity": 0,
            "heldQuantity": 0,
            "openQuantity": 60,
            "borrowableUntil": None,
            "endsAt": None,
            "status": "active",
            "version": 1,
            "createdAt": made["createdAt"],
            "updatedAt": made["updatedAt"],
        }
        assert made["allocationId"].startswith("alc_")
        path = answer.headers["Location"]
        got = operator.get(path)
        assert (got.json, got.headers["ETag"]) == (made, answer.headers["ETag"])
        changed = operator.patch(path, {"quantity": 70}, if_match=got.headers["ETag"])
        assert (changed.status, changed.json["quantity"], changed.json["version"]) == (200, 70, 2)
        assert operator.get(_POOLS).json == {"data": [changed.json], "nextPageToken": None}
        assert operator.delete(path, if_match=changed.headers["ETag"]).status == 204
        assert operator.get(path).status == 404
        assert operator.get(_POOLS).json == {"data": [], "nextPageToken": None}

    def test_each_change_is_a_version_of_the_item_and_an_event(self, shared: Item) -> None:
        pool = allocated(shared, 10)
        path = f"{_POOLS}/{pool['allocationId']}"
        shared.tenant.operator.patch(path, {"quantity": 20, "version": 1})
        shared.tenant.operator.delete(f"{path}?version=2")
        assert shared.version == 4
        assert events_of(shared.tenant) == [("S1/P1", version) for version in (1, 2, 3, 4)]
        assert len(shared.ledger) == 1  # a pool books nothing

    def test_a_stale_version_changes_nothing(self, shared: Item) -> None:
        pool = allocated(shared, 10)
        path, operator = f"{_POOLS}/{pool['allocationId']}", shared.tenant.operator
        assert operator.patch(path, {"quantity": 11, "version": 1}).status == 200
        with nothing_moves(shared.tenant):
            refused(operator.patch(path, {"quantity": 12, "version": 1}), 409, "version_conflict", currentVersion=2)
            refused(operator.patch(path, {"quantity": 12}, if_match='"1.00000000"'), 412, "version_conflict")
            refused(operator.patch(path, {"quantity": 12}), 428, "precondition_required")
            refused(operator.delete(f"{path}?version=1"), 409, "version_conflict")
            refused(operator.delete(path), 428, "precondition_required")

    def test_the_items_version_is_not_the_pools(self, shared: Item) -> None:
        pool = allocated(shared, 10)
        shared.posted("sale", 1)
        shared.posted("sale", 1)
        path = f"{_POOLS}/{pool['allocationId']}"
        assert shared.tenant.operator.patch(path, {"quantity": 11, "version": 1}).status == 200

    def test_a_patch_leaves_what_it_does_not_name_and_null_removes(self, shared: Item) -> None:
        cut, end = in_seconds(600), in_seconds(900)
        pool = allocated(shared, 10, borrowableUntil=cut, endsAt=end)
        path, operator = f"{_POOLS}/{pool['allocationId']}", shared.tenant.operator
        more = operator.patch(path, {"quantity": 11}, if_match="*").json
        assert (more["borrowableUntil"], more["endsAt"]) == (pool["borrowableUntil"], pool["endsAt"])
        kept = operator.patch(path, {"borrowableUntil": None}, if_match="*").json
        assert (kept["quantity"], kept["borrowableUntil"], kept["endsAt"]) == (11, None, pool["endsAt"])

    def test_a_key_makes_one_pool(self, shared: Item) -> None:
        body = {"supplierId": "S1", "productId": "P1", "retailPartnerId": "R1", "quantity": 5}
        first, again = (shared.tenant.operator.post(_POOLS, body, key="once") for _ in range(2))
        assert (again.status, again.content, "Idempotent-Replayed" in again.headers) == (201, first.content, True)
        assert len(shared.tenant.operator.get(_POOLS).json["data"]) == 1

    def test_there_is_one_for_each_partner_and_channel(self, shared: Item) -> None:
        allocated(shared, 10)
        allocated(shared, 10, retailPartnerId="R2")
        allocated(shared, 10, channel="online")
        with nothing_moves(shared.tenant):
            refused(allocate(shared, 1), 409, "already_exists")
            refused(allocate(shared, 1, channel="online"), 409, "already_exists")

    def test_no_more_is_guaranteed_than_there_is(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        with nothing_moves(shared.tenant):
            refused(allocate(shared, 41, retailPartnerId="R2"), 409, "insufficient_stock", available=40, requested=41)
        allocated(shared, 30, retailPartnerId="R2")
        path = f"{_POOLS}/{pool['allocationId']}"
        with nothing_moves(shared.tenant):
            refused(
                shared.tenant.operator.patch(path, {"quantity": 71, "version": 1}),
                409,
                "insufficient_stock",
                available=70,
            )
        assert shared.tenant.operator.patch(path, {"quantity": 70, "version": 1}).status == 200

    def test_what_it_names_must_be_there(self, shared: Item, given: Given) -> None:
        operator = shared.tenant.operator
        given.item(product="P2")
        with nothing_moves(shared.tenant):
            refused(allocate(shared, 1, retailPartnerId="R9"), 404, "not_found", pointer="#/retailPartnerId")
            for product in ("P9", "P2"):  # unknown, and never in stock
                body = {"supplierId": "S1", "productId": product, "channel": "online", "quantity": 1}
                refused(operator.post(_POOLS, body), 404, "not_found")
            refused(operator.get(f"{_POOLS}/alc_{'0' * 26}"), 404, "not_found")
            refused(operator.get(f"{_POOLS}/nonsense"), 404, "not_found")

    @pytest.mark.parametrize(
        ("members", "pointer"),
        [
            ({"retailPartnerId": "R1", "channel": "online"}, "#/retailPartnerId"),
            ({"retailPartnerId": None, "channel": None}, "#/retailPartnerId"),
            ({"retailPartnerId": "R1", "endsAt": "2020-01-01T00:00:00Z"}, "#/endsAt"),
            ({"retailPartnerId": "R1", "borrowableUntil": "1960-01-01T00:00:00Z"}, "#/borrowableUntil"),
            ({"retailPartnerId": "R1", "quantity": -1}, "#/quantity"),
        ],
    )
    def test_what_cannot_be_is_refused(self, shared: Item, members: dict[str, Any], pointer: str) -> None:
        body = {"supplierId": "S1", "productId": "P1", "quantity": 1, **members}
        with nothing_moves(shared.tenant):
            refused(shared.tenant.operator.post(_POOLS, body), 400, "validation_error", pointer=pointer)

    def test_a_partner_with_a_pool_is_in_use(self, shared: Item) -> None:
        make_retail_partner(shared.tenant, "R3")
        pool = allocated(shared, 1, retailPartnerId="R3")
        path, operator = "/v1/retailPartners/R3", shared.tenant.operator
        refused(operator.delete(path, if_match="*"), 409, "resource_in_use")
        operator.delete(f"{_POOLS}/{pool['allocationId']}?version=1")
        assert operator.delete(path, if_match="*").status == 204


class TestTheGuarantee:
    @pytest.mark.parametrize("kind", ["sale", "reservation", "shipment"])
    def test_nobody_else_gets_it(self, shared: Item, kind: str) -> None:
        allocated(shared, 60)
        other = shared.tenant.retailer("R2")
        with nothing_moves(shared.tenant):
            refused(shared.post(kind, 41), 409, "insufficient_stock", available=40, requested=41)
            refused(shared.post(kind, 41, forRetailPartnerId="R2"), 409, "insufficient_stock", available=40)
            refused(shared.post("reservation", 41, by=other), 409, "insufficient_stock", available=40)
        shared.posted(kind, 40)
        with nothing_moves(shared.tenant):
            refused(shared.post("reservation", 1, by=other), 409, "insufficient_stock", available=0)

    def test_its_partner_takes_the_pool_and_what_is_common(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        shared.posted("reservation", 100, by=shared.tenant.retailer("R1"))
        assert use(shared, pool) == (0, 100, 0)
        assert shared.balances[3] == 0

    def test_as_much_as_there_is_ends_where_the_pool_of_another_begins(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        body = {"items": [{"supplierId": "S1", "productId": "P1", "quantity": 70}], "mode": "partial"}
        for partner, quantity in (("R2", 40), ("R1", 60)):
            held = shared.tenant.retailer(partner).post("/v1/reservations", body, key=fresh_key())
            assert (held.status, held.json["items"][0]["quantity"]) == (201, quantity)
        assert (use(shared, pool), shared.balances[3]) == ((0, 60, 0), 0)

    def test_staff_take_for_its_partner(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        shared.posted("sale", 25, forRetailPartnerId="R1")
        assert use(shared, pool) == (25, 0, 35)
        shared.posted("shipment", 10, forRetailPartnerId="R1")
        assert use(shared, pool) == (35, 0, 25)
        refused(shared.post("sale", 41), 409, "insufficient_stock", available=40)

    def test_delivering_to_its_partner_uses_it(self, shared: Item, given: Given) -> None:
        given.warehouse("RW", partner="R1")
        given.warehouse("RW2", partner="R2")
        pool = allocated(shared, 60)
        away: dict[str, Any] = {"warehouseLocation": "W1"}
        with nothing_moves(shared.tenant):
            refused(
                shared.post("transfer", 41, toWarehouseLocation="RW2", **away), 409, "insufficient_stock", available=40
            )
        shared.posted("transfer", 50, toWarehouseLocation="RW", **away)
        assert use(shared, pool) == (50, 0, 10)

    def test_moving_it_within_the_house_is_no_taking(self, shared: Item, given: Given) -> None:
        given.warehouse("W2")
        pool = allocated(shared, 100)
        shared.posted("transfer", 100, warehouseLocation="W1", toWarehouseLocation="W2")
        assert use(shared, pool) == (0, 0, 100)

    def test_held_and_sold_are_counted_and_released_comes_back(self, shared: Item) -> None:
        pool, mine = allocated(shared, 60), shared.tenant.retailer("R1")
        held = shared.posted("reservation", 30, by=mine)["reservationId"]
        assert use(shared, pool) == (0, 30, 30)
        shared.posted("release", 10, reservationId=held, by=mine)
        assert use(shared, pool) == (0, 20, 40)
        shared.posted("shipment", 5, reservationId=held)
        assert use(shared, pool) == (5, 15, 40)
        shared.posted("release", reservationId=held, by=mine)
        assert use(shared, pool) == (5, 0, 55)
        refused(shared.post("sale", 41), 409, "insufficient_stock", available=40)

    def test_a_lapsed_lease_gives_its_share_back_to_the_pool(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        lapses = datetime.now(UTC) + timedelta(seconds=1)
        shared.posted("reservation", 60, expiresAt=lapses.isoformat(), by=shared.tenant.retailer("R1"))
        assert use(shared, pool) == (0, 60, 0)
        wait_for(lapses)
        assert use(shared, pool) == (0, 0, 60)  # nobody swept
        refused(shared.post("sale", 41), 409, "insufficient_stock", available=40)
        assert use(shared, pool) == (0, 0, 60)

    def test_what_was_held_before_the_pool_does_not_use_it(self, shared: Item) -> None:
        shared.posted("reservation", 30, by=shared.tenant.retailer("R1"))
        pool = allocated(shared, 60)
        assert use(shared, pool) == (0, 0, 60)

    def test_others_may_borrow_until_the_cut_off_and_not_after(self, shared: Item) -> None:
        cut = datetime.now(UTC) + timedelta(seconds=1)
        allocated(shared, 60, borrowableUntil=cut.isoformat())
        other = shared.tenant.retailer("R2")
        assert shared.get(by=other).json["availableQuantity"] == 100
        shared.posted("reservation", 50, by=other)
        wait_for(cut)
        assert shared.get(by=other).json["availableQuantity"] == 0
        with nothing_moves(shared.tenant):
            refused(shared.post("reservation", 1, by=other), 409, "insufficient_stock", available=0)
            refused(shared.post("sale", 1), 409, "insufficient_stock", available=0)
        shared.posted("reservation", 50, by=shared.tenant.retailer("R1"))  # what the borrowers left

    def test_an_ended_pool_keeps_nothing_and_makes_room_for_another(self, shared: Item) -> None:
        end = datetime.now(UTC) + timedelta(seconds=1)
        pool = allocated(shared, 60, endsAt=end.isoformat())
        refused(shared.post("sale", 41), 409, "insufficient_stock", available=40)
        wait_for(end)
        body = shared.tenant.operator.get(f"{_POOLS}/{pool['allocationId']}").json
        assert (body["status"], body["openQuantity"]) == ("ended", 0)
        shared.posted("sale", 90)
        again = allocated(shared, 10)
        assert [row["allocationId"] for row in shared.tenant.operator.get(_POOLS).json["data"]] == [
            again["allocationId"]
        ]

    def test_a_deleted_pool_keeps_nothing_and_what_is_held_stays_held(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        held = shared.posted("reservation", 20, by=shared.tenant.retailer("R1"))["reservationId"]
        shared.tenant.operator.delete(f"{_POOLS}/{pool['allocationId']}?version=1")
        shared.posted("sale", 80)
        shared.posted("shipment", 20, reservationId=held)
        assert shared.balances == (0, 0, 0, 0)

    def test_a_channels_pool_is_for_each_partner_of_it(self, given: Given) -> None:
        item = given.stocked(100)
        for code, channel in (("R3", "online"), ("R4", "online"), ("R5", "shops")):
            make_retail_partner(given.tenant, code, channel=channel)
            given.tenant.operator.post(
                "/v1/supplyAgreements", {"retailPartnerId": code, "supplierId": "S1"}, key=fresh_key()
            )
        pool = allocated(item, 60, channel="online")
        refused(item.post("reservation", 41, by=given.tenant.retailer("R5")), 409, "insufficient_stock", available=40)
        item.posted("reservation", 50, by=given.tenant.retailer("R3"))
        item.posted("reservation", 30, by=given.tenant.retailer("R4"))
        assert use(item, pool) == (0, 80, 0)

    def test_its_own_pool_comes_before_its_channels(self, given: Given) -> None:
        item = given.stocked(100)
        make_retail_partner(given.tenant, "R3", channel="online")
        given.tenant.operator.post("/v1/supplyAgreements", {"retailPartnerId": "R3", "supplierId": "S1"})
        own = allocated(item, 30, retailPartnerId="R3")
        channel = allocated(item, 50, channel="online")
        reader = given.tenant.retailer("R3")
        assert item.get(by=reader).json["availableQuantity"] == 50  # its own and what is common
        refused(item.post("reservation", 51, by=reader), 409, "insufficient_stock", available=50)
        item.posted("reservation", 40, by=reader)
        assert (use(item, own), use(item, channel)) == ((0, 40, 0), (0, 0, 50))

    def test_writing_off_is_no_taking_and_the_guarantee_gives_way_to_what_is_not_there(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        shared.posted("damage", 80, reason="Flood", disposition="scrap")
        assert use(shared, pool) == (0, 0, 60)
        refused(shared.post("sale", 1), 409, "insufficient_stock", available=0)
        mine = shared.tenant.retailer("R1")
        assert shared.get(by=mine).json["availableQuantity"] == 20
        shared.posted("reservation", 20, by=mine)


class TestWhoSeesWhat:
    def test_each_partner_sees_its_own_availability(self, shared: Item) -> None:
        allocated(shared, 60)
        mine, other = shared.tenant.retailer("R1"), shared.tenant.retailer("R2")
        assert [shared.get(by=by).json["availableQuantity"] for by in (mine, other, shared.tenant.operator)] == [
            100,
            40,
            100,
        ]
        shared.posted("reservation", 70, by=mine)
        assert [shared.get(by=by).json["availableQuantity"] for by in (mine, other)] == [30, 30]

    def test_lists_and_their_filters_tell_the_same(self, shared: Item) -> None:
        allocated(shared, 100)
        mine, other = shared.tenant.retailer("R1"), shared.tenant.retailer("R2")
        for by, quantity, status in ((mine, 100, "inStock"), (other, 0, "outOfStock")):
            (row,) = by.get("/v1/inventory").json["data"]
            assert (row["availableQuantity"], row["stockStatus"]) == (quantity, status)
            for filters, found in (
                (f"availableQuantity.lte={quantity}", 1),
                (f"availableQuantity.lte={quantity - 1}", 0),
                (f"stockStatus={status}", 1),
                ("stockStatus=inStock,lowStock,outOfStock", 1),
                ("stockStatus=lowStock", 0),
            ):
                assert len(by.get(f"/v1/inventory?{filters}").json["data"]) == found, filters

    def test_events_tell_the_same(self, shared: Item) -> None:
        pool = allocated(shared, 60)
        for partner, quantity in (("R1", 100), ("R2", 40)):
            told = heard(shared.tenant, ["inventory.updated"], PartyType.RETAIL_PARTNER, partner)
            assert [data["availableQuantity"] for _, data in told] == [100, quantity]
        shared.tenant.operator.delete(f"{_POOLS}/{pool['allocationId']}?version=1")
        told = heard(shared.tenant, ["inventory.updated"], PartyType.RETAIL_PARTNER, "R2")
        assert [(data["version"], data["availableQuantity"]) for _, data in told] == [(1, 100), (2, 40), (3, 100)]

    def test_answers_of_movements_tell_the_same(self, shared: Item) -> None:
        allocated(shared, 60)
        body = shared.posted("reservation", 10, by=shared.tenant.retailer("R2"))
        assert body["item"]["availableQuantity"] == 30

    def test_a_supplier_reads_those_of_its_items_and_a_partner_its_own(self, given: Given) -> None:
        first, second = given.stocked(10), given.stocked(10, supplier="S2", product="P2")
        make_retail_partner(given.tenant, "R3", channel="online")
        for partner in ("R1", "R2"):
            for supplier in ("S1", "S2"):
                given.agreement(partner, supplier)
        given.tenant.operator.post("/v1/supplyAgreements", {"retailPartnerId": "R3", "supplierId": "S1"})
        pools = {
            "S1 R1": allocated(first, 1),
            "S1 R2": allocated(first, 1, retailPartnerId="R2"),
            "S1 online": allocated(first, 1, channel="online"),
            "S2 R1": allocated(second, 1),
            "S2 online": allocated(second, 1, channel="online"),
        }
        tenant = given.tenant
        for reader, sees in (
            (tenant.operator, set(pools)),
            (tenant.supplier("S1"), {"S1 R1", "S1 R2", "S1 online"}),
            (tenant.supplier("S2"), {"S2 R1", "S2 online"}),
            (tenant.retailer("R1"), {"S1 R1", "S2 R1"}),
            (tenant.retailer("R2"), {"S1 R2"}),
            (tenant.retailer("R3"), {"S1 online"}),  # of S2's stock it knows nothing
        ):
            listed = {row["allocationId"] for row in reader.get(_POOLS).json["data"]}
            assert listed == {pools[name]["allocationId"] for name in sees}
            for name, pool in pools.items():
                assert reader.get(f"{_POOLS}/{pool['allocationId']}").status == (200 if name in sees else 404)

    def test_an_agreement_that_ends_takes_the_sight_of_the_pool_along(self, given: Given) -> None:
        item = given.stocked(10)
        agreement = given.agreement("R1")
        pool = allocated(item, 1)
        path, mine = f"{_POOLS}/{pool['allocationId']}", given.tenant.retailer("R1")
        assert mine.get(path).status == 200
        given.tenant.operator.patch(
            f"/v1/supplyAgreements/{agreement['agreementId']}", {"status": "archived"}, if_match="*"
        )
        assert mine.get(path).status == 404

    def test_only_staff_share_out(self, shared: Item) -> None:
        pool = allocated(shared, 10)
        path = f"{_POOLS}/{pool['allocationId']}"
        with nothing_moves(shared.tenant):
            for by in (shared.tenant.supplier("S1"), shared.tenant.retailer("R1")):
                refused(allocate(shared, 1, channel="online", by=by), 403, "not_permitted")
                refused(by.patch(path, {"quantity": 1}, if_match="*"), 403, "not_permitted")
                refused(by.delete(path, if_match="*"), 403, "not_permitted")
            refused(shared.tenant.retailer("R2").delete(path, if_match="*"), 404, "not_found")

    def test_the_list_is_filtered(self, shared: Item, given: Given) -> None:
        other = given.stocked(10, product="P2")
        allocated(shared, 1)
        allocated(shared, 1, channel="online")
        allocated(other, 1, retailPartnerId="R2")
        operator = shared.tenant.operator
        for query, found in (
            ("productId=P1", 2),
            ("productId=P1,P2", 3),
            ("supplierId=S2", 0),
            ("retailPartnerId=R2", 1),
            ("channel=online", 1),
            ("createdAt.lt=2020-01-01T00:00:00Z", 0),
        ):
            assert len(operator.get(f"{_POOLS}?{query}").json["data"]) == found, query
        first = operator.get(f"{_POOLS}?pageSize=2")
        rest = operator.get(f"{_POOLS}?pageSize=2&pageToken={first.json['nextPageToken']}").json
        assert (len(first.json["data"]), len(rest["data"]), rest["nextPageToken"]) == (2, 1, None)
