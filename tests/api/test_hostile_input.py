"""Whatever comes in: never a 5xx, always a problem of the right kind, and nothing is written."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.factories.master_data import make_agreement
from tests.support.api import ApiAnswer, TestTenant
from tests.support.routes import Route, routes
from tests.support.stock import Given, rows_of

ROUTES = routes()
_CODES = {
    "supplier_id": "S1",
    "product_id": "P1",
    "warehouse_id": "W1",
    "retail_partner_id": "R1",
}
_TAG = {"if_match": '"1.00000000"'}
_KEY = {"idempotency_key": "hostile"}

# What is in the body, whatever the operation: the codes that may be said of it.
BODIES: dict[str, tuple[bytes, set[str]]] = {
    "nothing": (b"", {"malformed_json"}),
    "space": (b" \n\t", {"malformed_json"}),
    "a list": (b"[]", {"validation_error"}),
    "null": (b"null", {"validation_error"}),
    "a number": (b"5", {"validation_error"}),
    "a text": (b'"x"', {"validation_error"}),
    "half an object": (b"{", {"malformed_json"}),
    "two objects": (b"{}{}", {"malformed_json"}),
    "a trailing comma": (b'{"a":1,}', {"malformed_json"}),
    "single quotes": (b"{'a':1}", {"malformed_json"}),
    "a comment": (b"{/*x*/}", {"malformed_json"}),
    "a key twice": (b'{"name":"a","name":"b"}', {"malformed_json"}),
    "a key twice, once escaped": (b'{"name":"a","n\\u0061me":"b"}', {"malformed_json"}),
    "NaN": (b'{"quantity":NaN}', {"malformed_json"}),
    "Infinity": (b'{"quantity":-Infinity}', {"malformed_json"}),
    "1e400": (b'{"quantity":1e400}', {"malformed_json", "validation_error", "unknown_field"}),
    "20 digits": (b'{"version":18446744073709551616}', {"validation_error", "unknown_field"}),
    "5000 digits": (b'{"version":' + b"9" * 5000 + b"}", {"malformed_json"}),
    "33 levels": (b"[" * 33 + b"]" * 33, {"malformed_json"}),
    "100000 levels": (b"[" * 100_000, {"malformed_json"}),
    "an endless string of escapes": (b"[" * 40 + b'"' + b'\\"' * 200_000, {"malformed_json"}),
    "a NUL": (b'{"name":"a\\u0000b"}', {"validation_error"}),
    "a NUL in a key": (b'{"na\\u0000me":"b"}', {"validation_error"}),
    "a bare NUL": (b'{"name":"a\x00b"}', {"malformed_json"}),
    "a lone surrogate": (b'{"name":"\\ud800"}', {"validation_error"}),
    "a reversed pair": (b'{"name":"\\udc00\\ud800"}', {"validation_error"}),
    "invalid UTF-8": (b'{"name":"\xff"}', {"malformed_json"}),
    "an encoded surrogate": (b'{"name":"\xed\xa0\x80"}', {"malformed_json"}),
    "an overlong NUL": (b'{"name":"\xc0\x80"}', {"malformed_json"}),
    "UTF-16": ('{"name":"a"}'.encode("utf-16"), {"malformed_json"}),
    "a byte order mark": (b"\xef\xbb\xbf{}", {"malformed_json"}),
    "an unknown field": (b'{"__proto__":{}}', {"unknown_field", "validation_error"}),
    "another's case": (b'{"Name":"a","TYPE":"sale"}', {"unknown_field", "validation_error"}),
    "a form": (b"name=a&type=sale", {"malformed_json"}),
    "markup": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', {"malformed_json"}),
}
HEADERS: dict[str, tuple[dict[str, str], set[int]]] = {
    "packed": ({"content_encoding": "gzip"}, {415}),
    "packed twice": ({"content_encoding": "identity, br"}, {415}),
    "text": ({"content_type": "text/plain"}, {415}),
    "no type": ({"content_type": ""}, {415}),
    "a form": ({"content_type": "multipart/form-data; boundary=x"}, {415}),
    "wants text": ({"accept": "text/html"}, {406}),
    "wants nothing": ({"accept": "application/json;q=0"}, {406}),
    "no credential": ({"authorization": ""}, {401}),
    "another scheme": ({"authorization": "Basic eDp5"}, {401}),
    "a token of dots": ({"authorization": "Bearer ../../etc/passwd"}, {401}),
    "a long token": ({"authorization": "Bearer " + "x" * 9000}, {401}),
    "a NUL for a token": ({"authorization": "Bearer \x00"}, {401}),
    "a strange letter": ({"authorization": "Bearer \u00ff"}, {401}),
}
QUERIES: dict[str, tuple[str, set[str]]] = {
    "unknown": ("surprise=1", {"unknown_parameter"}),
    "a method": ("_method=DELETE", {"unknown_parameter"}),
    "django's lookups": ("name__startswith=a", {"unknown_parameter"}),
    "a NUL": ("name=%00", {"invalid_request"}),
    "a NUL for a name": ("%00=1", {"invalid_request"}),
    "no UTF-8": ("status=%FF", {"invalid_request"}),
    "a thousand and one": ("&".join(f"a{number}=1" for number in range(1001)), {"invalid_request", "unknown_parameter"}),
}
LISTS: tuple[str, ...] = (
    "pageSize=0", "pageSize=-1", "pageSize=201", "pageSize=1e2", "pageSize=", "pageSize=٣", "pageSize=" + "9" * 5000,
    "pageSize=1&pageSize=2", "pageToken=", "pageToken=x", "pageToken=%F0%9F%92%A9", "pageToken=" + "A" * 10_000,
    "pageToken=AAAAAAAAAAAAAFtd", "orderBy=", "orderBy=tenant_id", "orderBy=-id", "orderBy=createdAt;drop", "orderBy=%20desc",
)
PATHS: tuple[str, ...] = (
    "x" * 65, "x" * 5000, "%20", "a%20b", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2F", "%5C", "%00", "a%00b", "%FF", "%ED%A0%80",
    "%F0%9F%92%A9", "%D7%A9%D7%9C%D7%95%D7%9D", "%E2%80%AEabc", "e%CC%81", "%C3%A9", "%EF%BB%BF", "a;b", "a%0Ab", "a%0D%0AX:1",
    "'%20OR%201=1--", "%25s", "{}", "%7B0%7D", "-1", "0", "*", "null", "undefined", "__proto__", "~", "%EF%BC%AE",
)
TEXTS: tuple[Any, ...] = (
    5, 5.0, True, None, [], {}, "", "x" * 256, "x" * 70_000, "a b", "a/b", "..", "é", "\u202eabc", "e\u0301", "line\n", " A", "-A",
)
NUMBERS: tuple[Any, ...] = (
    "5", 5.0, 5.5, True, None, [], {}, "", 0, -1, 10**9 + 1, 2**31, 2**63, 2**64, 10**19, -(10**19), 1e308, "1e3", "٣", "0x5",
)
MOMENTS: tuple[Any, ...] = (
    5, True, "", "now", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T25:00:00Z",
    "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+99:99", "x" * 5000, [], {},
)
EXPIRIES: tuple[Any, ...] = (
    5, True, "", "soon", "2026-13-01", "2026-02-30", "20260101", "2026-1-1", "0000-01-01", "2026-01-01T00:00:00",
    "2026-01-01T24:30:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00Z\n", [], {},
)


@pytest.fixture(scope="module")
def world(database_access: None) -> Iterator[TestTenant]:
    """Return a tenant with one of everything."""
    tenant = TestTenant("hostile input")
    given = Given(tenant)
    given.stocked(10)
    given.partner("R1")
    _CODES["agreement_id"] = str(make_agreement(tenant, "R1", "S1")["agreementId"])
    hook = {"url": "https://127.0.0.1:8443/", "eventTypes": ["inventory.updated"]}
    made = tenant.operator.post("/v1/webhooks", hook, key="hook")
    assert made.status == 201, made.json
    _CODES["webhook_id"] = str(made.json["webhookId"])
    _CODES["transaction_id"] = str(
        tenant.operator.get("/v1/inventory/transactions").json["data"][0]["transactionId"]
    )
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


def _send(world: TestTenant, route: Route, body: bytes = b"{}", query: str = "", **headers: str) -> ApiAnswer:
    path = route.path(**_CODES) + (f"?{query}" if query else "")
    arguments = (body,) if route.operation.body is not None else ()
    return world.operator.request(route.method, path, *arguments, **{**_TAG, **_KEY, **headers})


@pytest.mark.parametrize("route", [route for route in ROUTES if route.operation.body is not None], ids=_name)
def test_bodies(world: TestTenant, route: Route) -> None:
    for name, (body, codes) in BODIES.items():
        status, code = _problem(_send(world, route, body))
        assert (status, code in codes) == (400, True), (name, code)
    too_much = _send(world, route, b" " * (route.operation.max_body + 1))
    assert _problem(too_much) == (413, "payload_too_large")


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_headers(world: TestTenant, route: Route) -> None:
    for name, (headers, statuses) in HEADERS.items():
        if "content_type" in headers and route.operation.body is None:
            continue
        assert _problem(_send(world, route, **headers))[0] in statuses, name
    for key in ("a b", "", "x" * 256, "é", "\t"):
        if route.operation.keys != "none":
            answer = _send(world, route, _valid_enough(route), idempotency_key=key)
            assert _problem(answer)[0] == 400, key
    for tag in ("", "1", '"x"', '"1.0"', "W/", '"1.00000000', '"' + "9" * 50 + '.00000000"', "\x00", '"1.00000000",'):
        if route.operation.versioned:
            answer = _send(world, route, _valid_enough(route), if_match=tag)
            assert _problem(answer)[0] == 400, tag


def _valid_enough(route: Route) -> bytes:
    """Return a body that says nothing wrong where an empty change is a change."""
    return b"{}" if route.method in {"PATCH", "DELETE"} else b'{"surprise":1}'


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_queries(world: TestTenant, route: Route) -> None:
    plain = b"{}" if route.method == "PATCH" else b'{"surprise":1}'
    for name, (query, codes) in QUERIES.items():
        status, code = _problem(_send(world, route, plain, query))
        assert status == 400, name
        assert code in codes or route.method in {"POST", "PUT"}, (name, code)
    for query in LISTS if route.operation.paged else ():
        assert _problem(_send(world, route, query=query))[0] == 400, query


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.template], ids=_name)
def test_paths(world: TestTenant, route: Route) -> None:
    for code in PATHS:
        names = dict.fromkeys(_CODES, code)
        plain = b"{}" if route.method == "PATCH" else b'{"surprise":1}'
        arguments = (plain,) if route.operation.body is not None else ()
        answer = world.operator.request(route.method, route.path(**names), *arguments, **_TAG, **_KEY)
        assert _problem(answer)[0] in {400, 404, 405}, (code, answer.status, answer.content[:300])


def test_paths_that_lead_nowhere(world: TestTenant) -> None:
    for path in ("/v1", "/v1/", "/v1//", "/v1/suppliers/", "/v1/inventory/S1", "/v1/inventory/S1/P1/", "/v1/inventory/S1/P1/x",
                 "/v1/../admin/", "/v1/%2e%2e/admin", "/v1/inventory/transactions/x/y", "/v1/nothing", "/v1/" + "a/" * 500):
        assert _problem(world.operator.get(path)) == (404, "not_found"), path
    for method in ("TRACE", "PROPFIND", "BREW", "get"):
        status, code = _problem(world.operator.request(method, "/v1/suppliers"))
        assert (status, code) == (405, "method_not_allowed"), method


@pytest.mark.parametrize("path", ["/v1/inventory/S1/P1", "/v1/inventory/transactions", "/v1/inventory/batch"])
def test_members_of_movements(world: TestTenant, path: str) -> None:
    hostile: list[tuple[str, Any]] = []
    texts = ("warehouseLocation", "batchNumber", "type")
    hostile += [(name, value) for name in texts for value in TEXTS if not (value is None and name != "type")]
    hostile += [(name, value) for name in ("reference", "reason") for value in (5, True, [], {}, "", "x" * 256)]
    hostile += [("quantity", value) for value in NUMBERS]
    hostile += [("version", value) for value in ("1", 1.0, True, None, [], 0, -1, 2**63, 10**30)]
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
    for query in ("availableQuantity.lte=1e999999999", "availableQuantity.lte=sNaN", "availableQuantity.lte=" + "9" * 400,
                  "availableQuantity.lte=0x1", "expiringBefore=0000-00-00", "expiringBefore=99999-01-01T00:00:00Z", "stockStatus=,",
                  "supplierId=" + ",".join(["a"] * 101)):
        assert _problem(world.operator.get(f"/v1/inventory?{query}"))[0] == 400, query
    for query in ("occurredAt.gte=x", "recordedAt.lt=10000-01-01T00:00:00Z", "occurredAt.gte=2026-01-01T00:00:00+99:00"):
        assert _problem(world.operator.get(f"/v1/inventory/transactions?{query}"))[0] == 400, query
    for query in ("supplierId=%F0%9F%92%A9", "supplierId=" + quote("'; DROP TABLE x; --"), "productId=%E2%80%AE", "batchNumber=%25",
                  "warehouseLocation=" + "x" * 3000):
        answer = world.operator.get(f"/v1/inventory?{query}")
        assert (answer.status, answer.json["data"]) == (200, []), query


def test_oauth(world: TestTenant) -> None:
    credentials = world.operator.credentials
    good = f"client_id={credentials.client_id}&client_secret={credentials.client_secret}"
    bodies = [raw for raw, _ in BODIES.values()] + [
        b"", b"&", b"=", b"=&=", b"grant_type", b"grant_type=", b"grant_type=%00", b"grant_type=%FF", b"grant_type=a&grant_type=b",
        f"{good}&grant_type=client_credentials&scope=%00".encode(), f"{good}&grant_type=client_credentials&scope=%F0%9F%92%A9".encode(),
        f"{good}&grant_type=client_credentials&scope={'x' * 5000}".encode(), f"{good}&grant_type=client_credentials".encode(),
        f"{good}&grant_type=authorization_code&code=%00".encode(), f"{good}&grant_type=refresh_token&refresh_token=x".encode(),
        f"{good}&grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x".encode(),
        b"client_id=" + b"x" * 5000 + b"&client_secret=y&grant_type=client_credentials", b"x" * (1024 * 1024 + 1),
    ]
    client = Client(raise_request_exception=False)
    for path in ("/oauth/token", "/oauth/revoke_token"):
        for body in bodies:
            for content_type in ("application/x-www-form-urlencoded", "application/json", ""):
                answer = client.post(path, body, content_type=content_type)
                assert answer.status_code in {400, 401, 413, 415}, (path, body[:100], content_type, answer.content[:300])
                assert answer["Content-Type"].startswith("application/"), answer.content[:300]
                assert "error" in answer.json() or "code" in answer.json()
        for headers in ({"content-encoding": "gzip"}, {"authorization": "Basic \x00"}, {"authorization": "Basic " + "x" * 9000}):
            answer = client.post(path, good.encode(), content_type="application/x-www-form-urlencoded", headers=headers)
            assert answer.status_code in {400, 401, 415}, (path, headers, answer.content)
