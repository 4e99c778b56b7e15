"""Reservations of one or several items: held, extended, committed, released, lapsed, displaced."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.commands.expire_reservations import expire_reservations
from apps.outbox.unit_of_work import as_tenant
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import Given, Item, fresh_key, nothing_moves, refused, wait_for

_SOON = timedelta(seconds=1)


def reserve(given: Given, *items: dict[str, Any], by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    """Ask for a reservation."""
    client = by or given.tenant.operator
    answer: ApiAnswer = client.post("/v1/reservations", {"items": list(items), **members}, key=fresh_key())
    return answer


def reserved(given: Given, *items: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Make a reservation."""
    answer = reserve(given, *items, **members)
    assert answer.status == 201, answer.json
    body: dict[str, Any] = answer.json
    return body


def line(item: Item, quantity: int, **members: Any) -> dict[str, Any]:
    return {"supplierId": item.supplier, "productId": item.product, "quantity": quantity, **members}


def act(given: Given, made: dict[str, Any], verb: str, body: Any = None, **headers: Any) -> ApiAnswer:
    by = headers.pop("by", given.tenant.operator)
    path = f"/v1/reservations/{made['reservationId']}/{verb}"
    answer: ApiAnswer = by.post(path, body or {}, key=headers.pop("key", fresh_key()), **headers)
    return answer


def shown(given: Given, made: dict[str, Any], by: ApiClient | None = None) -> Any:
    return (by or given.tenant.operator).get(f"/v1/reservations/{made['reservationId']}").json


def told(tenant: TestTenant, kind: str) -> list[dict[str, Any]]:
    """Return the facts of the tenant's waiting events of a type, oldest first."""
    with as_tenant(tenant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT facts::text, subject, sequence FROM outbox_outboxmessage WHERE tenant_id = %s AND type = %s ORDER BY id",
            [tenant.id, kind],
        )
        return [{**json.loads(facts), "subject": subject, "sequence": sequence} for facts, subject, sequence in cursor]


@pytest.fixture
def two(given: Given) -> tuple[Item, Item]:
    return given.stocked(10, product="P1"), given.stocked(5, product="P2")


def test_several_items_are_one_reservation(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    made = reserved(given, line(first, 4), line(second, 5), reference="CART")
    assert [(each["productId"], each["heldQuantity"], each["status"]) for each in made["items"]] == [
        ("P1", 4, "held"),
        ("P2", 5, "held"),
    ]
    assert (made["status"], made["version"], made["reference"], made["unfilled"]) == ("held", 1, "CART", [])
    assert (first.balances, second.balances) == ((10, 4, 0, 6), (5, 5, 0, 0))
    (event,) = told(given.tenant, "reservation.created")
    assert (event["subject"], event["sequence"]) == (made["reservationId"], 1)
    assert [each["quantity"] for each in event["changed"]] == [4, 5]


def test_all_or_nothing_points_to_what_was_not_there(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    with nothing_moves(given.tenant):
        answer = reserve(given, line(first, 4), line(second, 6))
        refused(answer, 409, "insufficient_stock", available=5, requested=6, pointer="#/items/1")


def test_two_lines_of_one_item_are_judged_together(given: Given, two: tuple[Item, Item]) -> None:
    """Six and six of ten in one request: each line sees what the one before it took."""
    first, _ = two
    with nothing_moves(given.tenant):
        refused(reserve(given, line(first, 6), line(first, 6)), 409, "insufficient_stock", pointer="#/items/1")
    made = reserved(given, line(first, 6), line(first, 4))
    (item,) = made["items"]
    assert (item["requestedQuantity"], item["heldQuantity"]) == (10, 10)


def test_partial_holds_what_there_is(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    second.posted("sale", 5)
    made = reserved(given, line(first, 12), line(second, 1), mode="partial")
    (item,) = made["items"]
    assert (item["requestedQuantity"], item["quantity"], item["heldQuantity"]) == (12, 10, 10)
    assert made["unfilled"] == [
        {
            "supplierId": "S1",
            "productId": "P2",
            "retailPartnerId": None,
            "requestedQuantity": 1,
            "availableQuantity": 0,
        }
    ]
    with nothing_moves(given.tenant):
        refused(reserve(given, line(first, 1), line(second, 1), mode="partial"), 409, "insufficient_stock")


def test_partial_does_not_forgive_what_is_not_there(given: Given, two: tuple[Item, Item]) -> None:
    first, _ = two
    with nothing_moves(given.tenant):
        answer = reserve(given, line(first, 1), {**line(first, 1), "productId": "NONE"}, mode="partial")
        refused(answer, 404, "not_found")


def test_part_is_committed_and_the_rest_stays_held(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    made = reserved(given, line(first, 4), line(second, 5))
    answer = act(given, made, "commit", {"items": [line(first, 3)]}, if_match=f'"{made["version"]}.00000000"')
    assert (answer.status, answer.json["version"], answer.json["status"]) == (200, 2, "held")
    assert [(each["heldQuantity"], each["committedQuantity"]) for each in answer.json["items"]] == [(1, 3), (5, 0)]
    assert (first.balances, second.balances) == ((7, 1, 0, 6), (5, 5, 0, 0))
    rest = act(given, made, "commit")
    assert (rest.json["status"], rest.json["version"]) == ("committed", 3)
    assert (first.balances, second.balances) == ((6, 0, 0, 6), (0, 0, 0, 0))
    with nothing_moves(given.tenant):
        refused(act(given, made, "commit"), 409, "invalid_state", reservationStatus="committed")


def test_more_than_is_held_is_not_committed(given: Given, two: tuple[Item, Item]) -> None:
    first, _ = two
    made = reserved(given, line(first, 4))
    with nothing_moves(given.tenant):
        answer = act(given, made, "commit", {"items": [line(first, 5)]})
        refused(answer, 409, "insufficient_stock", available=4, requested=5)
        missing = {**line(first, 1), "productId": "P2"}
        refused(act(given, made, "commit", {"items": [missing]}), 404, "not_found", pointer="#/items/0")


def test_an_item_is_named_once_and_not_again_when_it_was_shipped(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    made = reserved(given, line(first, 4), line(second, 5))
    with nothing_moves(given.tenant):
        twice = act(given, made, "commit", {"items": [line(first, 1), line(first, 1)]})
        refused(twice, 400, "validation_error", pointer="#/items/1")
    assert act(given, made, "commit", {"items": [line(first, 4)]}).status == 200
    with nothing_moves(given.tenant):
        gone = act(given, made, "commit", {"items": [line(second, 5), line(first, 1)]})
        refused(gone, 409, "invalid_state", reservationStatus="committed")
    assert shown(given, made)["status"] == "held"


def test_whoever_holds_the_last_unit_commits_it(given: Given) -> None:
    item = given.stocked(1)
    made = reserved(given, line(item, 1))
    refused(item.post("sale", 1), 409, "insufficient_stock", available=0)
    assert act(given, made, "commit").status == 200
    assert item.balances == (0, 0, 0, 0)


def test_releasing_twice_is_harmless(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    made = reserved(given, line(first, 4), line(second, 5))
    path = f"/v1/reservations/{made['reservationId']}"
    operator = given.tenant.operator
    with nothing_moves(given.tenant):
        refused(operator.delete(path), 428, "precondition_required")
        refused(operator.delete(path, if_match='"7.00000000"'), 412, "version_conflict", currentVersion=1)
    assert operator.delete(path, if_match='"1.00000000"').status == 204
    assert (first.balances, second.balances) == ((10, 0, 0, 10), (5, 0, 0, 5))
    with nothing_moves(given.tenant):
        assert operator.delete(path, if_match='"1.00000000"').status == 204
    assert shown(given, made)["status"] == "released"
    assert len(told(given.tenant, "reservation.released")) == 1


def test_a_lapsed_lease_holds_nothing_though_nobody_swept(given: Given) -> None:
    """Right with the sweeper dead for an hour: reading, filtering and taking all judge by the clock."""
    item = given.stocked(10)
    lapses = datetime.now(UTC) + _SOON
    made = reserved(given, line(item, 10), expiresAt=lapses.isoformat())
    assert item.balances == (10, 10, 0, 0)
    wait_for(lapses)
    before = item.version
    assert item.balances == (10, 0, 0, 10)
    assert item.levels == {("W1", None): (10, 0, 0, 10)}
    assert item.version == before
    listed = given.tenant.operator.get("/v1/inventory?stockStatus=inStock&availableQuantity.lte=10").json["data"]
    assert [row["availableQuantity"] for row in listed] == [10]
    assert (shown(given, made)["status"], shown(given, made)["items"][0]["heldQuantity"]) == ("expired", 0)
    assert told(given.tenant, "reservation.expired") == []
    item.posted("sale", 10)
    assert item.balances == (0, 0, 0, 0)
    assert [each["subject"] for each in told(given.tenant, "reservation.expired")] == [made["reservationId"]]


def test_the_sweeper_takes_back_and_tells_once(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    lapses = datetime.now(UTC) + _SOON
    made = reserved(given, line(first, 4), line(second, 5), expiresAt=lapses.isoformat())
    wait_for(lapses)
    ctx = CallContext(
        principal=Principal(tenant_id=given.tenant.id, application_id=0, party=PartyType.TENANT, party_id=""),
        now=datetime.now(UTC),
        request_id="",
    )
    assert expire_reservations(ctx).result == 2
    assert expire_reservations(ctx).result == 0
    (event,) = told(given.tenant, "reservation.expired")
    assert [each["quantity"] for each in event["changed"]] == [4, 5]
    assert shown(given, made)["version"] == 2


def test_a_lapsed_lease_is_not_brought_back(given: Given) -> None:
    """The old holder is refused and the new one unaffected."""
    item = given.stocked(5)
    lapses = datetime.now(UTC) + _SOON
    old = reserved(given, line(item, 5), expiresAt=lapses.isoformat())
    wait_for(lapses)
    new = reserved(given, line(item, 5))
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    with nothing_moves(given.tenant):
        refused(act(given, old, "extend", {"expiresAt": later}), 409, "invalid_state", reservationStatus="expired")
        refused(act(given, old, "commit"), 409, "invalid_state", reservationStatus="expired")
    assert act(given, new, "commit").status == 200


def test_a_lease_is_extended_within_bounds(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    lapses = datetime.now(UTC) + _SOON
    made = reserved(given, line(first, 4), line(second, 5), expiresAt=lapses.isoformat())
    later = datetime.now(UTC) + timedelta(days=29)
    answer = act(given, made, "extend", {"expiresAt": later.isoformat()})
    assert (answer.status, answer.json["version"]) == (200, 2)
    wait_for(lapses)
    assert (shown(given, made)["status"], first.balances, second.balances) == ("held", (10, 4, 0, 6), (5, 5, 0, 0))
    with nothing_moves(given.tenant):
        beyond = (datetime.now(UTC) + timedelta(days=31)).isoformat()
        refused(act(given, made, "extend", {"expiresAt": beyond}), 400, "validation_error", pointer="#/expiresAt")
        past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        refused(act(given, made, "extend", {"expiresAt": past}), 400, "validation_error", pointer="#/expiresAt")
        sooner = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        refused(act(given, made, "extend", {"expiresAt": sooner}), 409, "invalid_state")
        stale = act(given, made, "extend", {"expiresAt": (later + timedelta(hours=1)).isoformat(), "version": 1})
        refused(stale, 409, "version_conflict", currentVersion=2)


def test_a_reservation_without_an_end_has_none_to_extend(given: Given) -> None:
    made = reserved(given, line(given.stocked(5), 5))
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    with nothing_moves(given.tenant):
        refused(act(given, made, "extend", {"expiresAt": later}), 409, "invalid_state")


def test_a_count_below_what_is_reserved_displaces_the_newest(given: Given) -> None:
    item = given.stocked(10)
    old, new = reserved(given, line(item, 4)), reserved(given, line(item, 5))
    version = item.version
    body = item.posted("count", 6, warehouseLocation="W1")
    assert item.balances == (6, 6, 0, 0)
    assert item.version == version + 1
    assert [(row["type"], row["reservationId"]) for row in body["transactions"]] == [
        ("count", None),
        ("release", new["reservationId"]),
    ]
    (part,) = shown(given, new)["items"]
    assert (part["heldQuantity"], part["displacedQuantity"], part["status"]) == (2, 3, "held")
    (event,) = told(given.tenant, "reservation.displaced")
    assert (event["subject"], event["changed"][0]["quantity"]) == (new["reservationId"], 3)
    item.posted("count", 0, warehouseLocation="W1")
    assert item.balances == (0, 0, 0, 0)
    assert (shown(given, new)["status"], shown(given, old)["status"]) == ("displaced", "displaced")
    with nothing_moves(given.tenant):
        refused(act(given, old, "commit"), 409, "invalid_state", reservationStatus="displaced")


def test_a_damage_below_what_is_reserved_displaces_the_newest(given: Given) -> None:
    item = given.stocked(10)
    reserved(given, line(item, 4))
    made = reserved(given, line(item, 4))
    item.posted("damage", 5, reason="wet")
    assert item.balances == (10, 5, 5, 0)
    (part,) = shown(given, made)["items"]
    assert (part["heldQuantity"], part["displacedQuantity"]) == (1, 3)
    item.posted("damage", 10, reason="burnt", disposition="scrap")
    assert item.balances == (0, 0, 0, 0)


def test_a_count_below_what_is_on_hold_clears_the_hold_last(given: Given) -> None:
    item = given.stocked(10)
    item.posted("damage", 4, reason="wet")
    reserved(given, line(item, 6))
    item.posted("count", 3, warehouseLocation="W1")
    assert item.balances == (3, 0, 3, 0)


def test_who_sees_and_does_what(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    given.agreement("R1", "S1")
    given.partner("R2")
    given.supplier("S2")
    tenant = given.tenant
    partner, other, supplier, stranger = (
        tenant.retailer("R1"),
        tenant.retailer("R2"),
        tenant.supplier("S1"),
        tenant.supplier("S2"),
    )
    made = reserved(given, line(first, 4), line(second, 1), by=partner)
    path = f"/v1/reservations/{made['reservationId']}"
    assert shown(given, made, by=partner)["forRetailPartnerId"] == "R1"
    assert shown(given, made, by=supplier)["forRetailPartnerId"] is None
    for client in (other, stranger):
        assert client.get(path).json["code"] == "not_found"
        assert client.get("/v1/reservations").json["data"] == []
        refused(client.delete(path, if_match="*"), 404, "not_found")
    later = {"expiresAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    with nothing_moves(tenant):
        refused(act(given, made, "commit", by=partner), 403, "not_permitted")
        refused(act(given, made, "extend", later, by=other), 404, "not_found")
        refused(reserve(given, line(first, 1), by=other), 404, "not_found")
        refused(reserve(given, line(first, 1), by=partner, forRetailPartnerId="R2"), 403, "not_permitted")
        refused(reserve(given, line(first, 1), by=supplier, forRetailPartnerId="R1"), 403, "not_permitted")
        nobody = reserve(given, line(first, 1), forRetailPartnerId="NOBODY")
        refused(nobody, 404, "not_found", pointer="#/items/0/forRetailPartnerId")
    assert act(given, made, "commit", {"items": [line(second, 1)]}, by=supplier).status == 200
    assert partner.delete(path, if_match="*").status == 204
    assert [row["status"] for row in tenant.operator.get("/v1/reservations?supplierId=S1").json["data"]] == [
        "committed"
    ]
    assert tenant.operator.get("/v1/reservations?supplierId=S2").json["data"] == []


def test_a_partner_gives_back_what_it_holds_when_its_agreement_has_ended(given: Given) -> None:
    item = given.stocked(5)
    agreement = given.agreement("R1", "S1")
    partner = given.tenant.retailer("R1")
    made = reserved(given, line(item, 5), by=partner)
    ended = given.tenant.operator.patch(
        f"/v1/supplyAgreements/{agreement['agreementId']}", {"status": "archived"}, if_match="*"
    )
    assert ended.status == 200
    refused(reserve(given, line(item, 1), by=partner), 404, "not_found")
    assert partner.delete(f"/v1/reservations/{made['reservationId']}", if_match="*").status == 204
    assert item.balances == (5, 0, 0, 5)


def test_the_same_key_answers_the_same(given: Given, two: tuple[Item, Item]) -> None:
    first, _ = two
    answers = [
        given.tenant.operator.post("/v1/reservations", {"items": [line(first, 4)]}, key="once") for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert (answers[0].headers["ETag"], answers[0].headers["Location"]) == (
        answers[1].headers["ETag"],
        answers[1].headers["Location"],
    )
    commits = [act(given, answers[0].json, "commit", key="ship") for _ in range(2)]
    assert commits[0].content == commits[1].content
    assert first.balances == (6, 0, 0, 6)


def test_a_movement_works_on_a_part_of_the_same_reservation(given: Given, two: tuple[Item, Item]) -> None:
    first, second = two
    made = reserved(given, line(first, 4), line(second, 5))
    first.posted("release", reservationId=made["reservationId"])
    second.posted("shipment", 2, reservationId=made["reservationId"])
    assert [(each["status"], each["heldQuantity"]) for each in shown(given, made)["items"]] == [
        ("released", 0),
        ("held", 3),
    ]
    assert shown(given, made)["version"] == 3


def test_expired_stock_is_not_shipped_even_where_it_is_held(given: Given) -> None:
    expires = datetime.now(UTC) + _SOON
    item = given.stocked(5, batch="B1", expires=expires.isoformat())
    made = reserved(given, line(item, 5))
    wait_for(expires)
    with nothing_moves(given.tenant):
        refused(act(given, made, "commit"), 409, "batch_expired", batchNumber="B1")
    item.posted("damage", 5, reason="expired", disposition="scrap")
    assert item.balances == (0, 0, 0, 0)
    assert shown(given, made)["status"] == "displaced"
