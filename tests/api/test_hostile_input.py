"""Whatever comes in: never a 5xx, always a problem of the right kind, and nothing is written."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.factories.master_data import make_agreement, make_packaging
from tests.support.api import ApiAnswer, TestTenant
from tests.support.hostile import (
    BODIES,
    EXPIRIES,
    MOMENTS,
    NO_TEXTS,
    NO_VERSIONS,
    NUMBERS,
    TEXTS,
)
from tests.support.hostile_requests import KINDS, Hostile
from tests.support.routes import Route, routes
from tests.support.stock import Given, Item, rows_of
from tests.support.transfers import Trip, plan_body

ROUTES = routes()
_CODES = {
    "supplier_id": "S1",
    "product_id": "P1",
    "warehouse_id": "W1",
    "retail_partner_id": "R1",
    "unit_of_measure": "CS",
}
_MADE = ("agreement_id", "webhook_id", "transaction_id", "reservation_id", "transfer_id")  # with the world
_TAG = {"if_match": '"1.00000000"'}
_KEY = {"idempotency_key": "hostile"}


@pytest.fixture(scope="module")
def world(database_access: None) -> TestTenant:
    """Return a tenant with one of everything."""
    tenant = TestTenant("hostile input")
    given = Given(tenant)
    given.stocked(10)
    given.partner("R1")
    make_packaging(tenant, "P1", "CS")
    _CODES["agreement_id"] = str(make_agreement(tenant, "R1", "S1")["agreementId"])
    hook = {"url": "https://127.0.0.1:8443/", "eventTypes": ["inventory.updated"]}
    made = tenant.operator.post("/v1/webhooks", hook, key="hook")
    assert made.status == 201, made.json
    _CODES["webhook_id"] = str(made.json["webhookId"])
    line = {"supplierId": "S1", "productId": "P1", "quantity": 1}
    lease = tenant.operator.post("/v1/reservations", {"items": [line]}, key="lease")
    assert lease.status == 201, lease.json
    given.warehouse("W2")
    _CODES["transfer_id"] = Trip.planned(tenant, plan_body(Item(tenant, "S1", "P1"), 1)).code
    _CODES["reservation_id"] = str(lease.json["reservationId"])
    _CODES["transaction_id"] = str(tenant.operator.get("/v1/inventory/transactions").json["data"][0]["transactionId"])
    return tenant


@pytest.fixture(autouse=True)
def nothing_is_written(world: TestTenant) -> Iterator[None]:
    before = rows_of(world.id)
    yield
    assert rows_of(world.id) == before


def _problem(answer: ApiAnswer) -> tuple[int, str]:
    assert answer.status < 500, answer.content[:2000]
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content[:500]
    assert answer.json["status"] == answer.status
    assert answer.json["type"].startswith("http://testserver/problems/")
    return answer.status, answer.json["code"]


def _name(route: Route) -> str:
    return route.operation.operation_id


def _send(world: TestTenant, request: Hostile) -> ApiAnswer:
    body = () if request.body is None else (request.body,)
    sent: dict[str, Any] = {**_TAG, **_KEY, **dict(request.headers)}
    return world.operator.request(request.method, request.path, *body, **sent)


def test_there_are_more_than_a_thousand_requests_and_no_two_the_same() -> None:
    requests = [
        (request.method, request.path, request.body, request.headers)
        for route in ROUTES
        for generate in KINDS.values()
        for request in generate(route, dict.fromkeys([*_CODES, *_MADE], "X"))
    ]
    assert len(set(requests)) == len(requests)
    assert len(requests) >= 1000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_it_is_refused(world: TestTenant, route: Route, kind: str) -> None:
    for request in KINDS[kind](route, _CODES):
        status, code = _problem(_send(world, request))
        assert status in request.statuses, (request.name, status, code)
        assert not request.codes or code in request.codes, (request.name, code)


def test_paths_that_lead_nowhere(world: TestTenant) -> None:
    for path in (
        "/v1//",
        "/v1/suppliers/",
        "/v1/inventory/S1",
        "/v1/inventory/S1/P1/",
        "/v1/inventory/S1/P1/x",
        "/v1/../admin/",
        "/v1/%2e%2e/admin",
        "/v1/inventory/transactions/x/y",
        "/v1/nothing",
        "/v1/" + "a/" * 500,
    ):
        assert _problem(world.operator.get(path)) == (404, "not_found"), path
    for method in ("TRACE", "PROPFIND", "BREW"):
        status, code = _problem(world.operator.request(method, "/v1/suppliers"))
        assert (status, code) == (405, "method_not_allowed"), method


@pytest.mark.parametrize("path", ["/v1/inventory/S1/P1", "/v1/inventory/transactions", "/v1/inventory/batch"])
def test_members_of_movements(world: TestTenant, path: str) -> None:
    hostile: list[tuple[str, Any]] = []
    texts = ("warehouseLocation", "batchNumber", "type")
    hostile += [(name, value) for name in texts for value in TEXTS if not (value is None and name != "type")]
    hostile += [(name, value) for name in ("reference", "reason") for value in NO_TEXTS]
    hostile += [("quantity", value) for value in NUMBERS]
    hostile += [("version", value) for value in NO_VERSIONS]
    hostile += [("occurredAt", value) for value in MOMENTS]
    hostile += [("expirationDate", value) for value in EXPIRIES]
    base = {"type": "receipt", "quantity": 1, "warehouseLocation": "W1", "batchNumber": "B"}
    for name, value in hostile:
        line = {**base, name: value}
        if path != "/v1/inventory/S1/P1":
            line |= {"supplierId": "S1", "productId": "P1"}
        answer = world.operator.post(path, {"items": [line]} if path.endswith("batch") else line, key="hostile")
        status, code = _problem(answer)
        assert (status, code in {"validation_error", "malformed_json"}) == (400, True), (name, value, answer.json)


def test_filters(world: TestTenant) -> None:
    for query in (
        "availableQuantity.lte=1e999999999",
        "availableQuantity.lte=sNaN",
        "availableQuantity.lte=" + "9" * 400,
        "availableQuantity.lte=0x1",
        "expiringBefore=0000-00-00",
        "expiringBefore=99999-01-01T00:00:00Z",
        "stockStatus=,",
        "supplierId=" + ",".join(["a"] * 101),
    ):
        assert _problem(world.operator.get(f"/v1/inventory?{query}"))[0] == 400, query
    for query in (
        "occurredAt.gte=x",
        "recordedAt.lt=10000-01-01T00:00:00Z",
        "occurredAt.gte=2026-01-01T00:00:00+99:00",
    ):
        assert _problem(world.operator.get(f"/v1/inventory/transactions?{query}"))[0] == 400, query
    for query in (
        "supplierId=%F0%9F%92%A9",
        "supplierId=" + quote("'; DROP TABLE x; --"),
        "productId=%E2%80%AE",
        "batchNumber=%25",
        "warehouseLocation=" + "x" * 3000,
    ):
        answer = world.operator.get(f"/v1/inventory?{query}")
        assert (answer.status, answer.json["data"]) == (200, []), query


def test_oauth(world: TestTenant) -> None:
    credentials = world.operator.credentials
    good = f"client_id={credentials.client_id}&client_secret={credentials.client_secret}"
    bodies = [raw for raw, _ in BODIES.values()] + [
        b"",
        b"&",
        b"=",
        b"=&=",
        b"grant_type",
        b"grant_type=",
        b"grant_type=%00",
        b"grant_type=%FF",
        b"grant_type=a&grant_type=b",
        f"{good}&grant_type=client_credentials&scope=%00".encode(),
        f"{good}&grant_type=client_credentials&scope=%F0%9F%92%A9".encode(),
        f"{good}&grant_type=client_credentials&scope={'x' * 5000}".encode(),
        f"{good}&grant_type=client_credentials".encode(),
        f"{good}&grant_type=authorization_code&code=%00".encode(),
        f"{good}&grant_type=refresh_token&refresh_token=x".encode(),
        f"{good}&grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x".encode(),
        b"grant_type=urn:ietf:params:oauth:grant-type:device_code",
        b"client_id=" + b"x" * 5000 + b"&client_secret=y&grant_type=client_credentials",
        b"x" * (1024 * 1024 + 1),
    ]
    client = Client(raise_request_exception=False)
    for path in ("/oauth/token", "/oauth/revoke_token"):
        for body in bodies:
            for content_type in ("application/x-www-form-urlencoded", "application/json", ""):
                answer = client.post(path, body, content_type=content_type)
                assert answer.status_code in {400, 401, 413, 415}, (
                    path,
                    body[:100],
                    content_type,
                    answer.content[:300],
                )
                assert answer["Content-Type"].startswith("application/"), answer.content[:300]
                assert "error" in answer.json() or "code" in answer.json()
        for headers in (
            {"content-encoding": "gzip"},
            {"authorization": "Basic \x00"},
            {"authorization": "Basic " + "x" * 9000},
        ):
            answer = client.post(path, good.encode(), content_type="application/x-www-form-urlencoded", headers=headers)
            assert answer.status_code in {400, 401, 415}, (path, headers, answer.content)
