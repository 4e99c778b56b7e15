"""POST /v1/inventory/batch: many movements, all or none, or a result for each."""

from typing import Any

import pytest

from tests.support.api import ApiAnswer
from tests.support.stock import Given, Item, events_of, fresh_key, nothing_moves, refused

_PATH = "/v1/inventory/batch"


def _post(given: Given, items: list[Any], **members: Any) -> ApiAnswer:
    return given.tenant.operator.post(_PATH, {"items": items, **members}, key=fresh_key())


def test_lines_apply_in_their_order_each_seeing_those_before(given: Given) -> None:
    item = given.item()
    lines = [item.entry("receipt", 5, warehouseLocation="W1"), item.entry("sale", 3), item.entry("sale", 2)]
    answer = _post(given, lines)
    assert (answer.status, answer.json["summary"]) == (200, {"posted": 3, "refused": 0})
    assert [result["index"] for result in answer.json["results"]] == [0, 1, 2]
    assert [result["item"]["inventoryLevel"] for result in answer.json["results"]] == [5, 2, 0]
    assert [result["item"]["version"] for result in answer.json["results"]] == [1, 2, 3]
    assert (item.balances, len(item.ledger)) == ((0, 0, 0, 0), 3)
    assert events_of(given.tenant) == [("S1/P1", 1), ("S1/P1", 2), ("S1/P1", 3)]


def test_an_atomic_batch_with_a_refused_line_does_nothing(given: Given) -> None:
    item = given.stocked(10)
    lines = [item.entry("sale", 6), item.entry("sale", 6), item.entry("sale", 1, warehouseLocation="NO")]
    with nothing_moves(given.tenant):
        answer = _post(given, lines)
        refused(answer, 409, "insufficient_stock", available=4, requested=6)
        assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [
            ("#/items/1", "insufficient_stock"),
            ("#/items/2/warehouseLocation", "not_found"),
        ]


def test_two_lines_of_one_row_are_not_both_promised_the_same(given: Given) -> None:
    """Peers, scenario 3."""
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        answer = _post(given, [item.entry("reservation", 6), item.entry("reservation", 6)])
        refused(answer, 409, "insufficient_stock", available=4, requested=6)


def test_a_partial_batch_has_a_result_for_each_line(given: Given) -> None:
    """Peers, scenario 28."""
    item = given.stocked(10)
    lines = [
        item.entry("sale", 6),
        item.entry("sale", 6),
        {**item.entry("sale", 1), "supplierId": "NO"},
        item.entry("reservation", 4, reference="R"),
        item.entry("adjustment", 1, reason="x", warehouseLocation="NO"),
    ]
    answer = _post(given, lines, mode="partial")
    assert (answer.status, answer.json["summary"]) == (200, {"posted": 2, "refused": 3})
    results = answer.json["results"]
    assert [result["status"] for result in results] == ["posted", "refused", "refused", "posted", "refused"]
    assert [result["problem"]["code"] for result in results if "problem" in result] == [
        "insufficient_stock",
        "not_found",
        "not_found",
    ]
    assert (results[1]["problem"]["status"], results[1]["problem"]["available"]) == (409, 4)
    assert results[3]["reservationId"].startswith("res_")
    assert (item.balances, item.version) == ((4, 4, 0, 0), 3)


def test_a_refused_line_makes_no_item(given: Given) -> None:
    item, other = given.stocked(10), given.item(product="P2")
    given.warehouse("RW", partner="R1")
    answer = _post(
        given,
        [
            other.entry("adjustment", -1, reason="x", warehouseLocation="W1"),
            item.entry("transfer", 99, warehouseLocation="W1", toWarehouseLocation="RW"),
        ],
        mode="partial",
    )
    assert answer.json["summary"] == {"posted": 0, "refused": 2}
    assert (other.get().status, Item(given.tenant, "S1", "P1", "R1").get().status) == (404, 404)


@pytest.mark.parametrize(
    ("broken", "code", "pointer"),
    [
        ({"quantity": 0}, "validation_error", "#/items/1/quantity"),
        ({"quantity": "1"}, "validation_error", "#/items/1/quantity"),
        ({"surprise": 1}, "unknown_field", "#/items/1/surprise"),
        ({"type": "theft"}, "validation_error", "#/items/1/type"),
        ({"occurredAt": "2999-01-01T00:00:00Z"}, "validation_error", "#/items/1/occurredAt"),
        ({"type": "adjustment"}, "validation_error", "#/items/1/reason"),
        ({"type": "receipt"}, "validation_error", "#/items/1/warehouseLocation"),
    ],
)
@pytest.mark.parametrize("mode", ["atomic", "partial"])
def test_a_line_of_the_wrong_form_refuses_the_whole_list(
    given: Given, mode: str, broken: dict[str, Any], code: str, pointer: str
) -> None:
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        answer = _post(given, [item.entry("sale", 1), {**item.entry("sale", 1), **broken}], mode=mode)
        refused(answer, 400, code, pointer=pointer)


def test_a_list_has_one_to_a_thousand_lines(given: Given) -> None:
    item = given.stocked(2000)
    with nothing_moves(given.tenant):
        refused(_post(given, []), 400, "validation_error", pointer="#/items")
        refused(_post(given, [item.entry("sale", 1)] * 1001), 400, "validation_error", pointer="#/items")
    answer = _post(given, [item.entry("sale", 1)] * 1000)
    assert (answer.status, answer.json["summary"]) == (200, {"posted": 1000, "refused": 0})
    assert (item.balances, item.version) == ((1000, 0, 0, 1000), 1001)


@pytest.mark.parametrize("mode", ["atomic", "partial"])
def test_a_line_honours_its_version(given: Given, mode: str) -> None:
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        stale = _post(given, [item.entry("sale", 1, version=7)], mode="atomic")
        refused(stale, 409, "version_conflict", currentVersion=1)
    answer = _post(given, [item.entry("sale", 1, version=1), item.entry("sale", 1, version=2)], mode=mode)
    assert answer.json["summary"] == {"posted": 2, "refused": 0}


def test_three_products_sold_out_are_three_events(given: Given) -> None:
    """Peers, scenario 24."""
    items = [given.stocked(1, product=f"P{number}") for number in range(3)]
    _post(given, [item.entry("sale", 1) for item in items])
    assert events_of(given.tenant)[3:] == [("S1/P0", 2), ("S1/P1", 2), ("S1/P2", 2)]


def test_a_batch_spans_parties_items(given: Given) -> None:
    house = given.stocked(10)
    theirs = given.stocked(5, partner="R1", warehouse="RW")
    answer = _post(given, [theirs.entry("sale", 2), house.entry("sale", 3)])
    assert answer.json["summary"] == {"posted": 2, "refused": 0}
    assert (house.balances[0], theirs.balances[0]) == (7, 3)


def test_an_item_made_for_a_refused_line_is_not_there_for_the_next(given: Given) -> None:
    """A line that may make the item is refused behind its lock: its neighbour learns nothing of a version 0."""
    item = given.item()
    lines = [
        item.entry("receipt", 5, warehouseLocation="W1", version=7),
        item.entry("sale", 1, version=7),
        item.entry("release", 1, reservationId="res_00000000000000000000000000", version=7),
    ]
    problems = [result["problem"] for result in _post(given, lines, mode="partial").json["results"]]
    assert [(problem["code"], problem.get("currentVersion")) for problem in problems] == [
        ("version_conflict", 0),
        ("insufficient_stock", None),
        ("not_found", None),
    ]
    assert (item.get().status, item.ledger) == (404, [])
