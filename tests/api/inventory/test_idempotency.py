"""Contract, rule 3: one key, one effect."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.access.commands.issue_client import issue_client
from apps.core.context import PartyType
from tests.support.api import ApiAnswer, ApiClient
from tests.support.stock import Given, Item, nothing_moves, refused, wait_for

_SALE = {"type": "sale", "quantity": 3}
_NAMED = {"supplierId": "S1", "productId": "P1", **_SALE}
_ROUTES: dict[str, tuple[str, str, Any]] = {
    "movement": ("POST", "/v1/inventory/S1/P1", _SALE),
    "transaction": ("POST", "/v1/inventory/transactions", _NAMED),
    "batch": ("POST", "/v1/inventory/batch", {"items": [_NAMED]}),
    "partial batch": (
        "POST",
        "/v1/inventory/batch",
        {"mode": "partial", "items": [_NAMED, {**_NAMED, "quantity": 99}]},
    ),
    "patch": ("PATCH", "/v1/inventory/S1/P1", {"inventoryLevel": 7, "version": 1}),
}


def _told(answer: ApiAnswer) -> tuple[int, bytes, str | None, str | None]:
    return answer.status, answer.content, answer.headers.get("ETag"), answer.headers.get("Location")


def _send(client: ApiClient, route: str, key: str | None) -> ApiAnswer:
    method, path, body = _ROUTES[route]
    return client.request(method, path, body, idempotency_key=key)


@pytest.mark.parametrize("route", _ROUTES)
def test_a_replay_is_the_same_answer_and_no_second_effect(given: Given, route: str) -> None:
    item = given.stocked(10)
    first = _send(given.tenant.operator, route, "once")
    assert "Idempotent-Replayed" not in first.headers
    assert item.balances == (7, 0, 0, 7)
    with nothing_moves(given.tenant):
        for _ in range(2):
            again = _send(given.tenant.operator, route, "once")
            assert _told(again) == _told(first)
            assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("route", _ROUTES)
def test_a_replay_comes_before_whatever_has_changed_since(given: Given, route: str) -> None:
    item = given.stocked(10)
    first = _send(given.tenant.operator, route, "once")
    item.posted("sale", 7)  # now nothing is available and every version is stale
    again = _send(given.tenant.operator, route, "once")
    assert _told(again) == _told(first)


def test_a_replay_comes_before_404(given: Given) -> None:
    given.stocked(10)
    agreement = given.agreement()
    partner = given.tenant.retailer("R1")
    body = {"type": "reservation", "quantity": 1}
    first = partner.post("/v1/inventory/S1/P1", body, key="once")
    ended = given.tenant.operator.patch(
        f"/v1/supplyAgreements/{agreement['agreementId']}", {"status": "archived", "version": 1}
    )
    assert (first.status, ended.status) == (201, 200)
    assert _told(partner.post("/v1/inventory/S1/P1", body, key="once")) == _told(first)
    refused(partner.post("/v1/inventory/S1/P1", body, key="other"), 404, "not_found")


def test_a_replay_comes_before_412(given: Given) -> None:
    item = given.stocked(10)
    tag = item.get().headers["ETag"]
    first = item.patch({"inventoryLevel": 8}, if_match=tag, key="once")
    assert first.status == 200
    again = item.patch({"inventoryLevel": 8}, if_match=tag, key="once")
    assert (_told(again), again.headers["Idempotent-Replayed"]) == (_told(first), "true")
    refused(item.patch({"inventoryLevel": 8}, if_match=tag), 412, "version_conflict", currentVersion=2)


def test_a_reservation_that_has_lapsed_since_is_told_again(given: Given) -> None:
    item = given.stocked(10)
    client = given.tenant.operator
    ends = datetime.now(UTC) + timedelta(seconds=1)
    until = {"expiresAt": ends.isoformat()}
    line = {"supplierId": "S1", "productId": "P1", "quantity": 1}
    routes = {
        "/v1/inventory/S1/P1": {"type": "reservation", "quantity": 1, **until},
        "/v1/inventory/transactions": {**line, "type": "reservation", **until},
        "/v1/inventory/batch": {"items": [{**line, "type": "reservation", **until}]},
        "/v1/reservations": {"items": [line], **until},
    }
    first = {path: client.post(path, body, key=path) for path, body in routes.items()}
    assert [answer.status for answer in first.values()] == [201, 201, 200, 201]
    wait_for(ends)
    with nothing_moves(given.tenant):
        for path, body in routes.items():
            again = client.post(path, body, key=path)
            assert (_told(again), again.headers["Idempotent-Replayed"]) == (_told(first[path]), "true")
            pointer = "#/items/0/expiresAt" if path.endswith("batch") else "#/expiresAt"
            refused(client.post(path, body, key="another"), 400, "validation_error", pointer=pointer)
    assert item.balances[3] == 10


@pytest.mark.parametrize("route", _ROUTES)
def test_the_same_key_with_another_request_is_refused(given: Given, route: str) -> None:
    item = given.stocked(10)
    _send(given.tenant.operator, route, "once")
    with nothing_moves(given.tenant):
        for other in set(_ROUTES) - {route}:
            refused(_send(given.tenant.operator, other, "once"), 422, "idempotency_key_reused")
        refused(item.post("sale", 2, key="once"), 422, "idempotency_key_reused")


def test_spelling_does_not_make_another_request(given: Given) -> None:
    item = given.stocked(10)
    first = given.tenant.operator.post(item.path, b'{"type":"sale","quantity":3}', key="once")
    again = given.tenant.operator.post(item.path, b' {"quantity" : 3,\n "t\\u0079pe" : "sale"} ', key='"once"')
    assert (_told(again), item.balances) == (_told(first), (7, 0, 0, 7))


def test_a_key_is_found_by_its_own_application_only(given: Given) -> None:
    item = given.stocked(10)
    item.posted("sale", 3, key="once")
    twin = ApiClient(issue_client(tenant_id=given.tenant.id, name="twin", party=PartyType.TENANT))
    for number, client in enumerate((twin, given.tenant.supplier("S1")), start=1):
        answer = item.post("sale", 2, key="once", by=client)
        assert (answer.status, item.balances[0]) == (201, 7 - 2 * number)
        assert "Idempotent-Replayed" not in answer.headers


def test_two_tenants_share_no_key(given: Given, other_tenant: Any) -> None:
    first, second = given.stocked(10), Given(other_tenant).stocked(10)
    assert first.post("sale", 3, key="once").status == 201
    assert second.post("sale", 4, key="once").status == 201
    assert (first.balances[0], second.balances[0]) == (7, 6)


REFUSALS: list[tuple[str, dict[str, Any], int]] = [
    ("409", {"type": "sale", "quantity": 99}, 409),
    ("404 warehouse", {"type": "receipt", "quantity": 1, "warehouseLocation": "NO"}, 404),
    ("404 reservation", {"type": "release", "reservationId": "res_00000000000000000000000000"}, 404),
    ("400 of the books", {"type": "adjustment", "quantity": 1, "reason": "x"}, 400),
    ("400 of the form", {"type": "sale", "quantity": 0}, 400),
    ("409 version", {"type": "sale", "quantity": 1, "version": 9}, 409),
]


@pytest.mark.parametrize(
    ("body", "status"), [(body, status) for _, body, status in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_a_refused_request_leaves_its_key_free(given: Given, body: dict[str, Any], status: int) -> None:
    item = given.stocked(10)
    given.stocked(1, warehouse="W2")
    with nothing_moves(given.tenant):
        for _ in range(2):
            answer = given.tenant.operator.post(item.path, body, key="free")
            assert (answer.status, "Idempotent-Replayed" in answer.headers) == (status, False)
    assert item.post("sale", 1, key="free").status == 201


def test_a_refused_batch_leaves_its_key_free(given: Given) -> None:
    item = given.stocked(10)
    path = "/v1/inventory/batch"
    with nothing_moves(given.tenant):
        body = {"items": [item.entry("sale", 1), item.entry("sale", 99)]}
        refused(given.tenant.operator.post(path, body, key="free"), 409, "insufficient_stock")
    assert given.tenant.operator.post(path, {"items": [item.entry("sale", 1)]}, key="free").status == 200


@pytest.mark.parametrize("route", ["movement", "transaction", "batch"])
def test_what_moves_stock_needs_a_key(given: Given, route: str) -> None:
    given.stocked(10)
    with nothing_moves(given.tenant):
        answer = _send(given.tenant.operator, route, None)
        refused(answer, 400, "idempotency_key_required", pointer="Idempotency-Key")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "k\u00e9y", "tab\tbed", '""'])
def test_a_key_is_visible_ascii(given: Given, key: str) -> None:
    given.stocked(10)
    with nothing_moves(given.tenant):
        for route in ("movement", "patch", "batch"):
            refused(_send(given.tenant.operator, route, key), 400, "invalid_request", pointer="Idempotency-Key")


def test_the_longest_key_is_taken_bare_or_quoted(given: Given) -> None:
    item = given.stocked(10)
    first = item.post("sale", 1, key="~" * 255)
    again = item.post("sale", 1, key='"' + "~" * 255 + '"')
    assert (first.status, again.headers["Idempotent-Replayed"], item.balances[0]) == (201, "true", 9)


def test_reading_takes_no_key(given: Given) -> None:
    item: Item = given.stocked(10)
    with nothing_moves(given.tenant):
        assert item.get(idempotency_key="once").status == 200
