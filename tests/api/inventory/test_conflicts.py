"""Feeds that state absolute values: which is believed, what becomes of the others, and who decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.api import ApiAnswer, TestTenant
from tests.support.stock import Given, Item, events_of, fresh_key, nothing_moves, refused, relay, wait_for

_POLICIES = "/v1/conflictPolicies"
_START = datetime.now(UTC) - timedelta(hours=1)


def _at(minutes: int) -> str:
    """Return a moment by its minutes after an hour ago: long before anything that a test books by the clock."""
    return (_START + timedelta(minutes=minutes)).isoformat()


def _stocked(given: Given, quantity: int = 10, **members: Any) -> Item:
    """Have stock that lay there before every moment of `_at`."""
    item = given.item()
    item.posted("receipt", quantity, warehouseLocation="W1", occurredAt=_at(-30), **members)
    return item


def _state(item: Item, quantity: int, source: str | None, minutes: int | None = None, **members: Any) -> str | None:
    """State what lies there, as of a moment; returns the review's id where it was not believed."""
    if minutes is not None:
        members["countedAt"] = _at(minutes)
    if source is not None:
        members["source"] = source
    review: str | None = item.posted("count", quantity, warehouseLocation="W1", **members).get("reviewId")
    return review


def _policy(tenant: TestTenant, supplier: str, policy: str, *priorities: str) -> ApiAnswer:
    body = {"policy": policy, "priorities": list(priorities)}
    return tenant.operator.request("PUT", f"{_POLICIES}/{supplier}", body, if_none_match="*")


def _reviews(item: Item, query: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = item.tenant.operator.get(f"/v1/reviews{query}").json["data"]
    return rows


def _said(item: Item, query: str = "") -> list[tuple[str, int, int, str, str]]:
    return [
        (row["source"], row["statedQuantity"], row["difference"], row["reason"], row["status"])
        for row in _reviews(item, query)
    ]


def _decide(item: Item, review: str | None, verb: str, *, key: str | None = None, **headers: str) -> ApiAnswer:
    path = f"/v1/reviews/{review}/{verb}"
    return item.tenant.operator.request("POST", path, idempotency_key=key or fresh_key(), **headers)


def test_without_a_policy_the_newest_counting_is_believed(given: Given) -> None:
    item = _stocked(given)
    assert _state(item, 8, "erp", 20) is None
    with_older = item.version
    assert _state(item, 5, "pos", 10) is not None
    assert (item.balances[0], item.version) == (8, with_older)  # nothing was booked
    assert _said(item) == [("pos", 5, -3, "older", "overruled")]
    assert _state(item, 7, "pos", 21) is None
    assert item.balances[0] == 7


def test_of_two_equal_moments_the_one_that_is_told_last_is_believed(given: Given) -> None:
    item = _stocked(given)
    assert [_state(item, quantity, source, 20) for quantity, source in ((8, "erp"), (9, "pos"))] == [None, None]
    assert item.balances[0] == 9


def test_a_feed_may_date_what_it_states_by_occurred_at(given: Given) -> None:
    item = _stocked(given)
    item.posted("sale", 1, occurredAt=_at(25))
    item.posted("count", 8, warehouseLocation="W1", source="erp", occurredAt=_at(20))
    assert (item.balances[0], item.ledger[-1]["inventoryLevelChange"]) == (7, -2)
    assert _state(item, 3, "pos", 10) is not None
    assert item.balances[0] == 7


def test_a_value_that_is_believed_late_erases_no_sale(given: Given) -> None:
    item = _stocked(given)
    item.posted("sale", 3, occurredAt=_at(25))
    item.posted("receipt", 5, warehouseLocation="W1", occurredAt=_at(15))
    assert _state(item, 14, "erp", 20) is None  # one was missing
    assert (item.balances[0], item.ledger[-1]["inventoryLevelChange"]) == (11, -1)


def test_an_older_value_that_agrees_is_no_discrepancy_and_settles_nothing(given: Given) -> None:
    item = _stocked(given)
    _state(item, 8, "erp", 20)
    assert _state(item, 8, "pos", 10) is None
    assert _said(item) == []
    assert _state(item, 6, "pos", 15) is not None  # the value of minute 20 still stands


def test_what_a_person_counted_later_is_not_overruled_by_a_feed(given: Given) -> None:
    item = _stocked(given)
    assert _state(item, 6, None, 20) is None
    assert _state(item, 9, "erp", 10) is not None
    assert item.balances[0] == 6
    assert _state(item, 7, "erp", 30) is None


def test_a_more_trusted_source_is_believed_whenever_it_speaks(given: Given) -> None:
    item = _stocked(given)
    assert _policy(given.tenant, "S1", "sourcePriority", "wms", "shop").status == 201
    assert _state(item, 7, "shop", 20) is None
    assert _state(item, 9, "wms", 10) is None  # older, and not held back: neither is what the shop found booked on top
    assert item.balances[0] == 9
    assert _state(item, 5, "shop", 30) is not None
    assert item.balances[0] == 9
    assert _said(item) == [("shop", 5, -4, "priority", "overruled")]


def test_a_trusted_value_keeps_what_was_sold_since(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "sourcePriority", "wms")
    _state(item, 7, "shop", 20)
    item.posted("sale", 2, occurredAt=_at(25))
    assert _state(item, 9, "wms", 10) is None
    assert item.balances[0] == 7


def test_sources_that_are_not_named_come_last_and_are_all_alike(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "sourcePriority", "wms")
    assert _state(item, 9, "one", 20) is None
    assert _state(item, 8, "two", 21) is None
    assert _state(item, 7, "one", 15) is not None
    assert [row[3] for row in _said(item)] == ["older"]
    assert _state(item, 6, "wms", 5) is None
    assert _state(item, 5, "two", 40) is not None
    assert [row[3] for row in _said(item)] == ["older", "priority"]
    assert item.balances[0] == 6


def test_a_less_trusted_source_that_agrees_takes_nothing_over(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "sourcePriority", "wms")
    _state(item, 8, "wms", 10)
    assert _state(item, 8, "shop", 20) is None
    assert _state(item, 3, "shop", 30) is not None
    assert (item.balances[0], [row[3] for row in _said(item)]) == (8, ["priority"])


def test_under_manual_review_a_person_decides_about_every_difference(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "manualReview")
    assert _state(item, 10, "erp", 10) is None  # it contradicts nothing
    review = _state(item, 7, "erp", 20)
    assert (item.balances[0], _said(item)) == (10, [("erp", 7, -3, "review", "open")])
    item.posted("sale", 2)
    approved = _decide(item, review, "approve")
    assert (approved.status, approved.json["status"], approved.json["version"]) == (200, "approved", 2)
    booked = item.ledger[-1]
    assert (booked["transactionId"], booked["type"]) == (approved.json["transactionId"], "count")
    assert (booked["inventoryLevelChange"], booked["reason"]) == (-3, f"approved {review}")
    assert datetime.fromisoformat(booked["occurredAt"]) == datetime.fromisoformat(_at(20))
    assert item.balances[0] == 5


def test_a_rejected_value_is_not_booked(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "manualReview")
    review = _state(item, 7, "erp", 20)
    rejected = _decide(item, review, "reject")
    assert (rejected.status, rejected.json["status"], rejected.json["transactionId"]) == (200, "rejected", None)
    assert item.balances[0] == 10
    with nothing_moves(given.tenant):
        for verb in ("approve", "reject"):
            refused(_decide(item, review, verb), 409, "invalid_state", currentStatus="rejected")


def test_of_what_a_source_repeats_only_the_newest_waits(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "manualReview")
    for quantity, minutes in ((7, 20), (6, 30), (9, 25)):
        _state(item, quantity, "erp", minutes)
    _state(item, 5, "pos", 10)
    assert _said(item) == [
        ("erp", 7, -3, "older", "overruled"),
        ("erp", 6, -4, "review", "open"),
        ("erp", 9, -1, "older", "overruled"),
        ("pos", 5, -5, "review", "open"),
    ]
    assert [row["version"] for row in _reviews(item)] == [2, 1, 1, 1]


def test_staff_may_believe_what_the_policy_overruled(given: Given) -> None:
    item = _stocked(given)
    _state(item, 8, "erp", 20)
    item.posted("sale", 1)
    overruled = _state(item, 9, "pos", 10)
    with nothing_moves(given.tenant):
        refused(_decide(item, overruled, "reject"), 409, "invalid_state", currentStatus="overruled")
    assert _decide(item, overruled, "approve").json["status"] == "approved"
    assert item.balances[0] == 8  # nine less the sale; what the other feed found is not booked on top


def test_the_first_word_on_a_place_contradicts_nobody(given: Given) -> None:
    item = given.item()
    _policy(given.tenant, "default", "manualReview")
    assert _state(item, 8, "erp", 20) is None  # the item's first
    assert _state(item, 4, "erp", 20, batchNumber="B1") is None  # the batch's first
    given.warehouse("W2")
    assert item.posted("count", 3, warehouseLocation="W2", source="erp").get("reviewId") is None
    assert _state(item, 3, "erp", 30, batchNumber="B1") is not None
    assert item.levels == {("W1", None): (8, 0, 0, 8), ("W1", "B1"): (4, 0, 0, 4), ("W2", None): (3, 0, 0, 3)}


def test_each_batch_has_its_own_last_word(given: Given) -> None:
    item = _stocked(given, batchNumber="B1")
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="B2", occurredAt=_at(-30))
    assert _state(item, 8, "erp", 20, batchNumber="B1") is None
    assert _state(item, 4, "erp", 10, batchNumber="B2") is None
    assert _state(item, 7, "erp", 15, batchNumber="B1") is not None
    assert [row["batchNumber"] for row in _reviews(item)] == ["B1"]


def test_a_supplier_s_policy_goes_before_the_default(given: Given) -> None:
    item, other = _stocked(given), given.stocked(10, supplier="S2", product="P2")
    _policy(given.tenant, "default", "manualReview")
    _policy(given.tenant, "S1", "lastWriteWins")
    assert _state(item, 8, "erp", 20) is None
    assert other.posted("count", 8, warehouseLocation="W1", source="erp")["reviewId"] is not None
    given.tenant.operator.delete(f"{_POLICIES}/S1", if_match="*")
    assert _state(item, 7, "erp", 21) is not None
    given.tenant.operator.delete(f"{_POLICIES}/default", if_match="*")
    assert _state(item, 6, "erp", 22) is None


def test_a_repeated_request_states_nothing_again(given: Given) -> None:
    item = _stocked(given)
    _state(item, 8, "erp", 20)
    key = fresh_key()
    members: dict[str, Any] = {"warehouseLocation": "W1", "countedAt": _at(10), "source": "pos"}
    first = item.post("count", 5, key=key, **members)
    with nothing_moves(given.tenant):
        again = item.post("count", 5, key=key, **members)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert len(_reviews(item)) == 1


def test_a_decision_is_made_once_and_repeats_its_answer(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "manualReview")
    review = _state(item, 7, "erp", 20)
    with nothing_moves(given.tenant):
        refused(_decide(item, review, "approve", if_match='"9.00000000"'), 412, "version_conflict", currentVersion=1)
    key = fresh_key()
    first = _decide(item, review, "approve", key=key, if_match='"1.00000000"')
    with nothing_moves(given.tenant):
        again = _decide(item, review, "approve", key=key, if_match='"1.00000000"')
        refused(_decide(item, review, "approve"), 409, "invalid_state", currentStatus="approved")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert item.balances[0] == 7


def test_an_approval_displaces_what_it_leaves_no_stock_for(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "manualReview")
    item.posted("reservation", 9)
    review = _state(item, 4, "erp")
    assert item.balances == (10, 9, 0, 1)
    assert _decide(item, review, "approve").status == 200
    assert item.balances == (4, 4, 0, 0)


def test_an_approval_that_the_books_do_not_allow_leaves_the_value_open(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "manualReview")
    review = _state(item, 2, "erp", 20)
    item.posted("sale", 5)
    with nothing_moves(given.tenant):
        refused(_decide(item, review, "approve"), 409, "insufficient_stock")
    assert _reviews(item)[0]["status"] == "open"


def test_a_discrepancy_is_told_to_those_who_see_the_whole_item(given: Given) -> None:
    item = _stocked(given)
    given.agreement("R1", "S1")
    _state(item, 8, "erp", 20)
    review = _state(item, 5, "pos", 10)
    relay()
    hears: dict[str, list[Any]] = {}
    clients = {
        "staff": given.tenant.operator,
        "supplier": given.tenant.supplier("S1"),
        "other": given.tenant.supplier("S2"),
        "partner": given.tenant.retailer("R1"),
    }
    assert events_of(given.tenant) == [("S1/P1", 1), ("S1/P1", 2)]  # nothing was booked for the second value
    for name, client in clients.items():
        rows = client.get("/v1/reviews").json["data"]
        hears[name] = [row["reviewId"] for row in rows]
        assert client.get(f"/v1/reviews/{review}").status == (200 if rows else 404)
    assert hears == {"staff": [review], "supplier": [review], "other": [], "partner": []}


def test_a_supplier_reads_its_reviews_and_staff_decide(given: Given) -> None:
    item = _stocked(given)
    _policy(given.tenant, "S1", "manualReview")
    review = _state(item, 7, "erp", 20)
    supplier = given.tenant.supplier("S1")
    with nothing_moves(given.tenant):
        for verb in ("approve", "reject"):
            path = f"/v1/reviews/{review}/{verb}"
            refused(supplier.request("POST", path, idempotency_key=fresh_key()), 403, "not_permitted")


def test_reviews_are_filtered_and_ordered(given: Given) -> None:
    item = _stocked(given)
    _state(item, 8, "erp", 20)
    _state(item, 5, "pos", 10)
    _policy(given.tenant, "S1", "manualReview")
    _state(item, 4, "erp", 30)
    assert [row[0] for row in _said(item, "?orderBy=createdAt+desc")] == ["erp", "pos"]
    for query, number in (
        ("status=open", 1),
        ("reason=older", 1),
        ("source=pos,erp", 2),
        ("supplierId=S1&productId=P1&warehouseLocation=W1", 2),
        ("productId=P9", 0),
    ):
        assert len(_reviews(item, f"?{query}")) == number, query
    first = _reviews(item)[0]
    got = given.tenant.operator.get(f"/v1/reviews/{first['reviewId']}")
    assert (got.json, got.headers["ETag"][:3]) == (first, '"1.')
    assert (first["inventoryLevel"], first["warehouseLocation"], first["transactionId"]) == (8, "W1", None)


def test_a_policy_lives_from_its_creation_to_its_deletion(given: Given) -> None:
    given.supplier("S1")
    operator = given.tenant.operator
    made = _policy(given.tenant, "S1", "sourcePriority", "wms", "shop")
    assert (made.status, made.headers["Location"]) == (201, f"{_POLICIES}/S1")
    assert {name: made.json[name] for name in ("supplierId", "policy", "priorities", "version")} == {
        "supplierId": "S1",
        "policy": "sourcePriority",
        "priorities": ["wms", "shop"],
        "version": 1,
    }
    refused(_policy(given.tenant, "S1", "manualReview"), 412, "already_exists", value="S1")
    _policy(given.tenant, "default", "lastWriteWins")
    assert [row["supplierId"] for row in operator.get(_POLICIES).json["data"]] == ["default", "S1"]
    got = operator.get(f"{_POLICIES}/S1")
    assert (got.json, got.headers["ETag"]) == (made.json, made.headers["ETag"])
    changed = operator.request("PUT", f"{_POLICIES}/S1", {"policy": "manualReview", "version": 1})
    assert (changed.status, changed.json["priorities"], changed.json["version"]) == (200, [], 2)
    with nothing_moves(given.tenant):
        stale = operator.request("PUT", f"{_POLICIES}/S1", {"policy": "lastWriteWins"}, if_match=got.headers["ETag"])
        refused(stale, 412, "version_conflict", currentVersion=2)
        refused(operator.request("PUT", f"{_POLICIES}/S1", {"policy": "lastWriteWins"}), 428, "precondition_required")
        absent = operator.request("PUT", f"{_POLICIES}/S9", {"policy": "lastWriteWins"}, if_match="*")
        refused(absent, 404, "not_found")
        refused(_policy(given.tenant, "S9", "lastWriteWins"), 404, "not_found")
    assert operator.delete(f"{_POLICIES}/S1?version=2").status == 204
    refused(operator.get(f"{_POLICIES}/S1"), 404, "not_found")


@pytest.mark.parametrize(
    ("policy", "priorities"), [("sourcePriority", []), ("manualReview", ["wms"]), ("sourcePriority", ["wms", "wms"])]
)
def test_priorities_belong_to_the_policy_that_needs_them(given: Given, policy: str, priorities: list[str]) -> None:
    with nothing_moves(given.tenant):
        answer = _policy(given.tenant, "default", policy, *priorities)
    refused(answer, 400, "validation_error", pointer="#/priorities")


def test_policies_are_the_staff_s(given: Given) -> None:
    given.supplier("S1")
    _policy(given.tenant, "S1", "manualReview")
    supplier = given.tenant.supplier("S1")
    with nothing_moves(given.tenant):
        for method, path, *body in (
            ("GET", _POLICIES),
            ("GET", f"{_POLICIES}/S1"),
            ("PUT", f"{_POLICIES}/S1", {"policy": "lastWriteWins"}),
            ("DELETE", f"{_POLICIES}/S1"),
        ):
            refused(supplier.request(method, path, *body, if_match="*"), 403, "not_permitted")


def test_no_supplier_is_called_default(tenant: TestTenant) -> None:
    answer = tenant.operator.post("/v1/suppliers", {"supplierId": "default", "name": "Default"})
    refused(answer, 400, "validation_error", pointer="#/supplierId")


def test_a_batch_of_values_is_judged_line_by_line(given: Given) -> None:
    item = _stocked(given)
    lines = [
        item.entry("count", quantity, warehouseLocation="W1", source=source, countedAt=_at(minutes))
        for quantity, source, minutes in ((8, "erp", 20), (5, "pos", 10), (7, "pos", 30))
    ]
    posted = given.tenant.operator.post("/v1/inventory/batch", {"items": lines}, key=fresh_key()).json
    assert [result.get("reviewId") is None for result in posted["results"]] == [True, False, True]
    assert item.balances[0] == 7


def test_a_late_count_waits_for_nobody_and_the_clock_decides(given: Given) -> None:
    item = given.stocked(10)
    counted = datetime.now(UTC)
    wait_for(counted)
    item.posted("count", 6, warehouseLocation="W1", source="erp")  # of now, because it does not say when
    late = item.posted("count", 9, warehouseLocation="W1", source="pos", countedAt=counted.isoformat())
    assert (late["reviewId"] is None, item.balances[0]) == (False, 6)
