"""Vehicles from a CSV file: all lines or none, and what is wrong is said with the line's number."""

from typing import Any

import pytest

from tests.factories.master_data import (
    make_agreement,
    make_compatibility,
    make_product,
    make_retail_partner,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import nothing_moves, refused

_PATH = "/v1/products/compatibility/import"
_HEADER = "productId,make,model,yearFrom,yearTo,engine,trim,position,notes"
_CAMRY = "P1,Toyota,Camry,2018,2024,2.5 L,,,"


def _send(client: ApiClient, *lines: str, header: str = _HEADER, **headers: str) -> ApiAnswer:
    return _send_raw(client, "\n".join([header, *lines]).encode(), **headers)


def _send_raw(client: ApiClient, raw: bytes, **headers: str) -> ApiAnswer:
    return client.post(_PATH, raw, **{"content_type": "text/csv", **headers})


def _vehicles(tenant: TestTenant, product: str = "P1") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tenant.operator.get(f"/v1/products/{product}/compatibility?pageSize=200").json["data"]
    return rows


def test_a_file_is_stored_and_may_be_sent_again(tenant: TestTenant) -> None:
    for code in ("P1", "P2"):
        make_product(tenant, code)
    lines = [_CAMRY, 'P2, Honda ,Accord,2013,2013,,"EX, ""L""",front,"two\nlines"', "", ",,,,,,,,"]
    first = _send(tenant.operator, *lines)
    assert (first.status, first.json) == (200, {"imported": 2, "unchanged": 0})
    (row,) = _vehicles(tenant, "P2")
    stored = [row[name] for name in ("make", "yearFrom", "yearTo", "engine", "trim", "position", "notes")]
    assert stored == ["Honda", 2013, 2013, None, 'EX, "L"', "front", "two\nlines"]
    with nothing_moves(tenant):
        assert _send(tenant.operator, *lines).json == {"imported": 0, "unchanged": 2}
    more = _send(tenant.operator, *lines, "P1,Toyota,Camry,2025,2026,2.5l,,,", "P1,toyota,CAMRY,2018,2024,2.5L,,,")
    assert more.json == {"imported": 1, "unchanged": 3}


def test_columns_stand_in_any_order_behind_a_byte_order_mark(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    raw = "\ufeffyearTo,yearFrom,model,make,productId\r\n2024,2018,Camry,Toyota,P1\r\n".encode()
    assert _send_raw(tenant.operator, raw).json == {"imported": 1, "unchanged": 0}
    assert (_vehicles(tenant)[0]["yearFrom"], _vehicles(tenant)[0]["yearTo"]) == (2018, 2024)


def test_a_file_without_lines_changes_nothing(tenant: TestTenant) -> None:
    assert _send(tenant.operator).json == {"imported": 0, "unchanged": 0}


def test_every_wrong_line_is_named_and_nothing_is_stored(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    with nothing_moves(tenant):
        answer = _send(
            tenant.operator,
            _CAMRY,
            "P1,,Camry,2018,2024,,,,",
            'P1,Toyota,Avalon,2018,2024,,,,"over\ntwo lines"',
            "P1,Toyota,Camry,MMXVIII,2024,,,,",
            "P1,Toyota,Camry,2018,2017,,,,",
            "P1,Toyota",
            "P 1,Toyota,Camry,1,2024,,,,",
        )
    refused(answer, 400, "validation_error")
    errors = answer.json["errors"]
    assert [error["pointer"] for error in errors] == [
        "#/lines/3/make",
        "#/lines/6/yearFrom",
        "#/lines/7/yearTo",
        "#/lines/8",
        "#/lines/9/productId",
    ]
    assert errors[0]["detail"].startswith("Line 3: ")


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b"\n", "#/lines/1"),
        (b"productId,make,model,yearFrom", "#/lines/1"),
        (f"{_HEADER},colour".encode(), "#/lines/1"),
        (f"{_HEADER},make".encode(), "#/lines/1"),
        pytest.param(b"make," * 20_000, "#/lines/1", id="20000 columns"),
        (f'{_HEADER}\nP1,"Toyota'.encode(), "#/lines/2"),
        (f'{_HEADER}\nP1,"Toy"ota,Camry,2018,2024,,,,'.encode(), "#/lines/2"),
        (f"{_HEADER}\nP1,Toy\0ota,Camry,2018,2024,,,,".encode(), "#/lines/2/make"),
        (f"{_HEADER}\nP1,Toyöta,Camry,2018,2024,,,,".encode("latin-1"), "#"),
    ],
)
def test_what_is_no_such_file_is_refused(tenant: TestTenant, raw: bytes, pointer: str) -> None:
    make_product(tenant, "P1")
    with nothing_moves(tenant):
        refused(_send_raw(tenant.operator, raw), 400, "validation_error", pointer=pointer)


def test_at_most_a_hundred_errors_are_told(tenant: TestTenant) -> None:
    answer = _send(tenant.operator, *["P1,Toyota"] * 500)
    assert (answer.status, len(answer.json["errors"])) == (400, 100)


def test_a_file_has_at_most_50_000_lines(tenant: TestTenant) -> None:
    with nothing_moves(tenant):
        answer = _send(tenant.operator, *[_CAMRY] * 50_001)
    refused(answer, 400, "validation_error", pointer="#/lines/50002")


def test_lines_that_contradict_each_other_are_named(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    with nothing_moves(tenant):
        answer = _send(tenant.operator, _CAMRY, "P1,Toyota,camry,2024,2025,2.5L,,,")
    refused(answer, 400, "validation_error", pointer="#/lines/3")


def test_lines_that_contradict_what_is_stored_are_named(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_compatibility(tenant, "P1", engine="2.5 L")
    with nothing_moves(tenant):
        answer = _send(tenant.operator, "P1,Toyota,Avalon,2018,2024,,,,", "P1,Toyota,camry,2024,2025,2.5L,,,")
    refused(answer, 409, "already_exists", pointer="#/lines/3")


def test_a_product_that_is_not_there_or_not_the_caller_s_is_named(tenant: TestTenant, other_tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_product(other_tenant, "P2")
    make_supplier(tenant, "S1")
    supplier = tenant.supplier("S1")
    supplier.post("/v1/products", {"productId": "P3", "sku": "P3", "name": "A"})
    own = _CAMRY.replace("P1", "P3")
    with nothing_moves(tenant):
        for code in ("P2", "P9"):
            answer = _send(tenant.operator, _CAMRY, _CAMRY.replace("P1", code))
            refused(answer, 404, "not_found", pointer="#/lines/3/productId")
        refused(_send(supplier, own, _CAMRY), 403, "not_permitted", pointer="#/lines/3/productId")
    assert _send(supplier, own).json == {"imported": 1, "unchanged": 0}


def test_a_retail_partner_imports_nothing(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_supplier(tenant, "S1")
    make_retail_partner(tenant, "R1")
    make_agreement(tenant, "R1", "S1")
    with nothing_moves(tenant):
        refused(_send(tenant.retailer("R1"), _CAMRY), 403, "insufficient_scope")


def test_the_same_key_does_it_once(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    first, second = (_send(tenant.operator, _CAMRY, key="once") for _ in range(2))
    assert (second.status, second.content, second.headers["Idempotent-Replayed"]) == (200, first.content, "true")
    other = _send(tenant.operator, _CAMRY.replace("2.5", "3.5"), key="once")
    refused(other, 422, "idempotency_key_reused")
    assert len(_vehicles(tenant)) == 1


def test_only_csv_is_taken_and_not_more_than_8_mib(tenant: TestTenant) -> None:
    for content_type in ("application/json", "text/plain"):
        answer = _send(tenant.operator, _CAMRY, content_type=content_type)
        refused(answer, 415, "unsupported_media_type", accepted=["text/csv"])
    assert _send(tenant.operator, content_type="text/csv; charset=utf-8").status == 200
    refused(_send_raw(tenant.operator, b"x" * (8 * 1024 * 1024 + 1)), 413, "payload_too_large")
