"""Movements in packaging: converted exactly to base units, or refused; answers, ledger and events count base units."""

from typing import Any

import pytest

from tests.support.api import TestTenant
from tests.support.stock import Given, Item, balances, nothing_moves, refused, relay

_PATH = "/v1/products/P1/packaging"


@pytest.fixture
def item(tenant: TestTenant) -> Item:
    """Return an item of 120 pieces; a case is 12 of them, and 3 thirds are one."""
    given = Given(tenant)
    item = given.stocked(120)
    given.warehouse("W2")
    for body in ({"unitOfMeasure": "CS", "numerator": 12}, {"unitOfMeasure": "TH", "numerator": 1, "denominator": 3}):
        assert tenant.operator.post(_PATH, body).status == 201
    return item


@pytest.mark.parametrize(
    ("kind", "quantity", "members", "left"),
    [
        ("receipt", 2, {"warehouseLocation": "W1"}, (144, 0, 0, 144)),
        ("sale", 2, {}, (96, 0, 0, 96)),
        ("reservation", 2, {}, (120, 24, 0, 96)),
        ("shipment", 2, {}, (96, 0, 0, 96)),
        ("return", 2, {"warehouseLocation": "W1", "disposition": "quarantine"}, (144, 0, 24, 120)),
        ("damage", 2, {"reason": "wet"}, (120, 0, 24, 96)),
        ("adjustment", -2, {"reason": "lost"}, (96, 0, 0, 96)),
        ("transfer", 2, {"warehouseLocation": "W1", "toWarehouseLocation": "W2"}, (120, 0, 0, 120)),
        ("count", 2, {"warehouseLocation": "W1"}, (24, 0, 0, 24)),
        ("count", 0, {"warehouseLocation": "W1"}, (0, 0, 0, 0)),
    ],
)
def test_every_kind_takes_a_unit(
    item: Item, kind: str, quantity: int, members: dict[str, Any], left: tuple[int, int, int, int]
) -> None:
    posted = item.posted(kind, quantity, unitOfMeasure="CS", **members)
    assert balances(posted["item"]) == left
    assert item.balances == left
    elsewhere = item.levels.get(("W2", None), (0, 0, 0, 0))
    assert elsewhere == ((24, 0, 0, 24) if kind == "transfer" else (0, 0, 0, 0))


def test_what_is_held_is_given_back_and_shipped_in_units(item: Item) -> None:
    held = item.posted("reservation", 5, unitOfMeasure="CS")["reservationId"]
    item.posted("release", 2, unitOfMeasure="CS", reservationId=held)
    assert item.balances == (120, 36, 0, 84)
    item.posted("shipment", 3, unitOfMeasure="CS", reservationId=held)
    assert item.balances == (84, 0, 0, 84)


def test_the_base_unit_may_be_said(item: Item) -> None:
    item.posted("sale", 7, unitOfMeasure="EA")
    assert item.balances == (113, 0, 0, 113)


def test_answer_ledger_and_event_count_base_units(item: Item) -> None:
    posted = item.posted("sale", 2, unitOfMeasure="CS")
    (row,) = posted["transactions"]
    assert (row["quantity"], row["inventoryLevelChange"]) == (24, -24)
    assert item.ledger[-1] == row
    relay()
    newest = item.tenant.operator.get("/v1/inventory/changes").json["data"][-1]["data"]
    assert (newest["inventoryLevel"], newest["previous"]["inventoryLevel"]) == (96, 120)
    assert "unitOfMeasure" not in {**row, **newest}


@pytest.mark.parametrize(
    ("kind", "quantity", "nearest"),
    [("sale", 4, [3, 6]), ("sale", 1, [3]), ("adjustment", -4, [-6, -3]), ("adjustment", -1, [-3])],
)
def test_what_is_not_whole_is_refused_with_its_neighbours(
    item: Item, kind: str, quantity: int, nearest: list[int]
) -> None:
    members: dict[str, Any] = {"reason": "lost"} if kind == "adjustment" else {}
    with nothing_moves(item.tenant):
        answer = item.post(kind, quantity, unitOfMeasure="TH", key="one", **members)
        facts = {"unitOfMeasure": "TH", "requested": quantity, "nearestQuantities": nearest}
        refused(answer, 400, "inexact_conversion", **facts)
    # A refusal consumes nothing: the key is free for another request.
    assert item.post(kind, nearest[0], unitOfMeasure="TH", key="one", **members).status == 201


def test_an_unknown_unit_is_refused_with_the_known_ones(item: Item) -> None:
    with nothing_moves(item.tenant):
        answer = item.post("sale", 1, unitOfMeasure="XX", key="one")
        refused(answer, 400, "validation_error", pointer="#/unitOfMeasure", unitsOfMeasure=["EA", "CS", "TH"])
    assert item.post("sale", 1, key="one").status == 201


def test_more_base_units_than_a_line_may_have_are_refused(item: Item) -> None:
    with nothing_moves(item.tenant):
        answer = item.post("receipt", 10**9, unitOfMeasure="CS", warehouseLocation="W1")
        refused(answer, 400, "validation_error", pointer="#/quantity", maximum=10**9)
    assert item.post("receipt", 10**9 // 12, unitOfMeasure="CS", warehouseLocation="W1").status == 201


@pytest.mark.parametrize("unit", ["case", "", "X" * 9, 12, True])
def test_a_unit_has_a_form(item: Item, unit: Any) -> None:
    with nothing_moves(item.tenant):
        refused(item.post("sale", 1, unitOfMeasure=unit), 400, "validation_error", pointer="#/unitOfMeasure")


def test_a_unit_needs_a_quantity(item: Item) -> None:
    held = item.posted("reservation", 5)["reservationId"]
    with nothing_moves(item.tenant):
        answer = item.post("release", unitOfMeasure="CS", reservationId=held)
        refused(answer, 400, "validation_error", pointer="#/unitOfMeasure")


def test_an_item_is_not_made_for_a_line_that_does_not_convert(tenant: TestTenant) -> None:
    item = Given(tenant).item()
    with nothing_moves(tenant):
        refused(item.post("receipt", 1, unitOfMeasure="CS", warehouseLocation="W1"), 400, "validation_error")
    refused(item.get(), 404, "not_found")


def test_a_replay_answers_the_same_when_the_packaging_is_gone(item: Item) -> None:
    first = item.post("sale", 2, unitOfMeasure="CS", key="sold")
    assert item.tenant.operator.delete(f"{_PATH}/CS?version=1").status == 204
    assert item.tenant.operator.post(_PATH, {"unitOfMeasure": "CS", "numerator": 6}).status == 201
    with nothing_moves(item.tenant):
        again = item.post("sale", 2, unitOfMeasure="CS", key="sold")
    assert (again.status, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")
    item.posted("sale", 2, unitOfMeasure="CS")
    assert item.balances == (84, 0, 0, 84)


def test_a_key_names_the_unit_too(item: Item) -> None:
    item.post("sale", 2, key="sold")
    with nothing_moves(item.tenant):
        refused(item.post("sale", 2, unitOfMeasure="CS", key="sold"), 422, "idempotency_key_reused")


def test_a_batch_converts_line_by_line(item: Item) -> None:
    lines = [
        item.entry("sale", 1, unitOfMeasure="CS"),
        item.entry("sale", 4, unitOfMeasure="TH"),
        item.entry("sale", 1, unitOfMeasure="XX"),
        item.entry("sale", 6, unitOfMeasure="TH"),
    ]
    answer = item.tenant.operator.post("/v1/inventory/batch", {"mode": "partial", "items": lines}, key="batch")
    assert answer.json["summary"] == {"posted": 2, "refused": 2}
    _, inexact, unknown, _ = answer.json["results"]
    assert (inexact["problem"]["code"], inexact["problem"]["nearestQuantities"]) == ("inexact_conversion", [3, 6])
    assert (unknown["problem"]["code"], unknown["problem"]["unitsOfMeasure"]) == (
        "validation_error",
        ["EA", "CS", "TH"],
    )
    assert unknown["problem"]["errors"][0]["pointer"] == "#/unitOfMeasure"
    assert item.balances == (106, 0, 0, 106)
    again = item.tenant.operator.post("/v1/inventory/batch", {"mode": "partial", "items": lines}, key="batch")
    assert again.content == answer.content


def test_an_atomic_batch_points_to_the_lines(item: Item) -> None:
    lines = [
        item.entry("sale", 1, unitOfMeasure="CS"),
        item.entry("sale", 4, unitOfMeasure="TH"),
        item.entry("sale", 1, unitOfMeasure="XX"),
    ]
    with nothing_moves(item.tenant):
        answer = item.tenant.operator.post("/v1/inventory/batch", {"items": lines}, key="batch")
        refused(answer, 400, "inexact_conversion", nearestQuantities=[3, 6])
    pointers = [error["pointer"] for error in answer.json["errors"]]
    assert pointers == ["#/items/1", "#/items/2/unitOfMeasure"]


def test_units_of_what_is_not_shared_stay_unseen(item: Item) -> None:
    Given(item.tenant).partner("R1")
    stranger = item.tenant.retailer("R1")
    body = {"type": "reservation", "quantity": 1, "unitOfMeasure": "XX"}
    invisible = stranger.post(item.path, body, key="a", request_id="r")
    absent = stranger.post("/v1/inventory/S1/P9", body, key="b", request_id="r")
    refused(invisible, 404, "not_found")
    assert invisible.content == absent.content.replace(b"/P9", b"/P1")


def test_an_unknown_product_is_not_found_whatever_the_unit(item: Item) -> None:
    for unit in ({}, {"unitOfMeasure": "CS"}):
        answer = item.tenant.operator.post("/v1/inventory/S1/P9", {"type": "sale", "quantity": 1, **unit}, key="a")
        refused(answer, 404, "not_found")
