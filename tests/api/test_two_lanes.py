"""The hot lane (the caller is known from memory) and the framework's lane give the same answers."""

import re
from typing import Any

import pytest

from apps.access import principals
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import Given, Item

_ITEM = "/v1/inventory/S1/P1"
_SALE: dict[str, Any] = {"type": "sale", "quantity": 1}
_ID = re.compile(rb'"(?:txn|res)_[0-9a-z]{26}"|"\d{4}-\d\d-\d\dT[0-9:.]+Z"')
_SAME_HEADERS = (
    "Content-Type",
    "Vary",
    "Cache-Control",
    "WWW-Authenticate",
    "Idempotent-Replayed",
    "Retry-After",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Request-Id",
    "traceparent",
    "Link",
)

# Method, path, body, headers. Every case begins with ten pieces of S1/P1 at version 1.
CASES: dict[str, tuple[str, str, Any, dict[str, str]]] = {
    "read": ("GET", _ITEM, None, {}),
    "head": ("HEAD", _ITEM, None, {}),
    "read what is not there": ("GET", "/v1/inventory/S1/NO", None, {}),
    "read a partner's": ("GET", f"{_ITEM}?retailPartnerId=R1", None, {}),
    "read with an unknown parameter": ("GET", f"{_ITEM}?x=1", None, {}),
    "read with a parameter twice": ("GET", f"{_ITEM}?retailPartnerId=a&retailPartnerId=b", None, {}),
    "read with any tag": ("GET", _ITEM, None, {"if_none_match": "*"}),
    "read with a foreign tag": ("GET", _ITEM, None, {"if_none_match": '"1.00000000"'}),
    "read as text": ("GET", _ITEM, None, {"accept": "text/html"}),
    "read as anything": ("GET", _ITEM, None, {"accept": "text/html, */*;q=0.1"}),
    "read as JSON, unwanted": ("GET", _ITEM, None, {"accept": "application/json;q=0"}),
    "read with a trace": (
        "GET",
        _ITEM,
        None,
        {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    ),
    "read with a code that is none": ("GET", "/v1/inventory/S%201/P1", None, {}),
    "read with a NUL": ("GET", "/v1/inventory/S%00/P1", None, {}),
    "sell": ("POST", _ITEM, _SALE, {"idempotency_key": "k"}),
    "sell without a key": ("POST", _ITEM, _SALE, {}),
    "sell with a bad key": ("POST", _ITEM, _SALE, {"idempotency_key": "a b"}),
    "sell with a quoted key": ("POST", _ITEM, _SALE, {"idempotency_key": '"k"'}),
    "sell too many": ("POST", _ITEM, {**_SALE, "quantity": 11}, {"idempotency_key": "k"}),
    "sell none": ("POST", _ITEM, {**_SALE, "quantity": 0}, {"idempotency_key": "k"}),
    "sell text": ("POST", _ITEM, {**_SALE, "quantity": "1"}, {"idempotency_key": "k"}),
    "sell what is not there": ("POST", "/v1/inventory/S1/NO", _SALE, {"idempotency_key": "k"}),
    "sell a partner's": ("POST", f"{_ITEM}?retailPartnerId=R1", _SALE, {"idempotency_key": "k"}),
    "sell at the version": ("POST", _ITEM, _SALE, {"idempotency_key": "k", "if_match": '"1.00000000"'}),
    "sell at a stale version": ("POST", _ITEM, _SALE, {"idempotency_key": "k", "if_match": '"7.00000000"'}),
    "sell at a stale member": ("POST", _ITEM, {**_SALE, "version": 7}, {"idempotency_key": "k"}),
    "sell at two versions": (
        "POST",
        _ITEM,
        {**_SALE, "version": 1},
        {"idempotency_key": "k", "if_match": '"2.00000000"'},
    ),
    "sell at a bad tag": ("POST", _ITEM, _SALE, {"idempotency_key": "k", "if_match": "x"}),
    "sell with a surprise": ("POST", _ITEM, {**_SALE, "x": 1}, {"idempotency_key": "k"}),
    "sell without a type": ("POST", _ITEM, {"quantity": 1}, {"idempotency_key": "k"}),
    "steal": ("POST", _ITEM, {"type": "theft"}, {"idempotency_key": "k"}),
    "sell with a parameter": ("POST", f"{_ITEM}?x=1", _SALE, {"idempotency_key": "k"}),
    "post nothing": ("POST", _ITEM, b"", {"idempotency_key": "k"}),
    "post half": ("POST", _ITEM, b"{", {"idempotency_key": "k"}),
    "post twice the same": ("POST", _ITEM, b'{"type":"sale","type":"sale"}', {"idempotency_key": "k"}),
    "post what is not UTF-8": ("POST", _ITEM, b'{"type":"\xff"}', {"idempotency_key": "k"}),
    "post a NUL": ("POST", _ITEM, b'{"type":"\\u0000"}', {"idempotency_key": "k"}),
    "post too deep": ("POST", _ITEM, b"[" * 33, {"idempotency_key": "k"}),
    "post too much": ("POST", _ITEM, b" " * (1024 * 1024 + 1), {"idempotency_key": "k"}),
    "post text": ("POST", _ITEM, _SALE, {"idempotency_key": "k", "content_type": "text/plain"}),
    "post a patch": ("POST", _ITEM, _SALE, {"idempotency_key": "k", "content_type": "application/merge-patch+json"}),
    "post packed": ("POST", _ITEM, _SALE, {"idempotency_key": "k", "content_encoding": "gzip"}),
    "post, wanting text": ("POST", _ITEM, _SALE, {"idempotency_key": "k", "accept": "text/html"}),
    "receive": ("POST", _ITEM, {"type": "receipt", "quantity": 1, "warehouseLocation": "W1"}, {"idempotency_key": "k"}),
    "receive nowhere": ("POST", _ITEM, {"type": "receipt", "quantity": 1}, {"idempotency_key": "k"}),
    "receive elsewhere": (
        "POST",
        _ITEM,
        {"type": "receipt", "quantity": 1, "warehouseLocation": "NO"},
        {"idempotency_key": "k"},
    ),
    "reserve": ("POST", _ITEM, {"type": "reservation", "quantity": 2}, {"idempotency_key": "k"}),
    "release nothing": (
        "POST",
        _ITEM,
        {"type": "release", "reservationId": f"res_{'0' * 26}"},
        {"idempotency_key": "k"},
    ),
    "damage": ("POST", _ITEM, {"type": "damage", "quantity": 1, "reason": "x"}, {"idempotency_key": "k"}),
    "set": ("PATCH", _ITEM, {"inventoryLevel": 7, "version": 1}, {}),
    "set by a patch": (
        "PATCH",
        _ITEM,
        {"inventoryLevel": 7, "version": 1},
        {"content_type": "application/merge-patch+json"},
    ),
    "set by header": ("PATCH", _ITEM, {"inventoryLevel": 7}, {"if_match": '"1.00000000"'}),
    "set with a key": ("PATCH", _ITEM, {"inventoryLevel": 7, "version": 1}, {"idempotency_key": "k"}),
    "set without a version": ("PATCH", _ITEM, {"inventoryLevel": 7}, {}),
    "set at a stale version": ("PATCH", _ITEM, {"inventoryLevel": 7, "version": 7}, {}),
    "set at a stale tag": ("PATCH", _ITEM, {"inventoryLevel": 7}, {"if_match": '"7.00000000"'}),
    "set below nothing": ("PATCH", _ITEM, {"inventoryLevel": -1, "version": 1}, {}),
    "set attributes": ("PATCH", _ITEM, {"attributes": {"a": "b"}, "version": 1}, {}),
    "set what is not there": ("PATCH", "/v1/inventory/S1/NO", {"inventoryLevel": 7, "version": 1}, {}),
    "set text": ("PATCH", _ITEM, {"inventoryLevel": 7, "version": 1}, {"content_type": "text/plain"}),
    "delete": ("DELETE", _ITEM, None, {}),
    "put": ("PUT", _ITEM, {}, {}),
    "options": ("OPTIONS", _ITEM, None, {}),
}


def _answer(client: ApiClient, case: str, *, hot: bool) -> ApiAnswer:
    method, path, body, headers = CASES[case]
    if hot:
        assert client.get("/v1/inventory/S9/P9").status == 404  # from now on the caller is known
    else:
        _ = client.token
        principals._cache.clear()  # `forget_everything` would be heard again later, in the middle of something
    arguments = () if body is None else (body,)
    return client.request(method, path, *arguments, request_id="same", **headers)


def _comparable(answer: ApiAnswer) -> tuple[Any, ...]:
    tag = answer.headers.get("ETag")
    return (
        answer.status,
        _ID.sub(b'"*"', answer.content),
        {name: answer.headers.get(name) for name in _SAME_HEADERS},
        tag and tag.partition(".")[0],
        "Location" in answer.headers,
    )


@pytest.mark.parametrize("case", CASES)
def test_both_lanes_give_the_same_answer(tenant: TestTenant, other_tenant: TestTenant, case: str) -> None:
    answers, items = [], []
    for lane, hot in ((tenant, True), (other_tenant, False)):
        item = Given(lane).stocked(10)
        answers.append(_answer(lane.operator, case, hot=hot))
        items.append(item)
    assert _comparable(answers[0]) == _comparable(answers[1])
    assert _outcome(items[0]) == _outcome(items[1])
    assert answers[0].status < 500


@pytest.mark.parametrize("case", [name for name, (method, *_) in CASES.items() if method in {"POST", "PATCH"}])
def test_a_scope_that_is_missing_is_missed_in_both(tenant: TestTenant, case: str) -> None:
    client = tenant.client_with("inventory:read")
    answers = [_answer(client, case, hot=hot) for hot in (True, False)]
    assert _comparable(answers[0]) == _comparable(answers[1])
    assert answers[0].status in {400, 403, 415}


def _outcome(item: Item) -> tuple[Any, ...]:
    return item.balances, item.version, len(item.ledger)
