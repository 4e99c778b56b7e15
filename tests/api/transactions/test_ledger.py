"""The ledger: every booking, oldest first, never changed, never deleted."""

from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from apps.outbox.unit_of_work import as_tenant
from tests.support.stock import Given, Item, nothing_moves, refused

_PATH = "/v1/inventory/transactions"


def _ids(given: Given, query: str) -> list[str]:
    answer = given.tenant.operator.get(f"{_PATH}?{query}")
    assert answer.status == 200, answer.json
    return [row["reference"] for row in answer.json["data"]]


@pytest.fixture
def booked(given: Given) -> Given:
    """Return four bookings: a, b (a sale), c (a batch elsewhere), d (a partner's)."""
    item = given.item()
    item.posted("receipt", 5, warehouseLocation="W1", reference="a", occurredAt="2024-01-01T00:00:00Z")
    item.posted("sale", 1, reference="b")
    other = given.item("S2", "P2", "W2")
    other.posted("receipt", 5, warehouseLocation="W2", batchNumber="B1", reference="c")
    given.warehouse("RW", partner="R1")
    Item(given.tenant, "S2", "P2", "R1").posted("receipt", 5, warehouseLocation="RW", reference="d")
    return given


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abcd"),
        ("orderBy=transactionId%20desc", "dcba"),
        ("supplierId=S1", "ab"),
        ("productId=P2", "cd"),
        ("retailPartnerId=R1", "d"),
        ("warehouseLocation=W1,RW", "abd"),
        ("batchNumber=B1", "c"),
        ("type=sale", "b"),
        ("type=sale,count", "b"),
        ("reference=a,d", "ad"),
        ("occurredAt.lt=2024-06-01T00:00:00Z", "a"),
        ("occurredAt.gte=2024-06-01T00:00:00Z", "bcd"),
        ("recordedAt.lt=2024-06-01T00:00:00Z", ""),
        ("recordedAt.gte=2024-06-01T00:00:00Z", "abcd"),
    ],
)
def test_entries_are_filtered(booked: Given, query: str, found: str) -> None:
    assert _ids(booked, query) == list(found)


def test_an_entry_is_read_by_its_id(booked: Given) -> None:
    for row in booked.tenant.operator.get(_PATH).json["data"]:
        got = booked.tenant.operator.get(f"/v1/transactions/{row['transactionId']}")
        assert (got.status, got.json) == (200, row)
    for path in ("txn_00000000000000000000000000", "txn_", "nonsense", "res_00000000000000000000000000"):
        refused(booked.tenant.operator.get(f"/v1/transactions/{path}"), 404, "not_found")


def test_a_booking_through_the_ledger_is_the_same_booking(given: Given) -> None:
    item = given.stocked(10)
    answer = given.tenant.operator.post(_PATH, item.entry("sale", 3, reference="x"), key="k")
    assert (answer.status, answer.json["item"]) == (201, item.get().json)
    assert answer.json["transactions"] == [item.ledger[-1]]
    assert answer.headers["Location"] == f"/v1/transactions/{item.ledger[-1]['transactionId']}"
    with nothing_moves(given.tenant):
        over = given.tenant.operator.post(_PATH, item.entry("sale", 99), key="l")
        refused(over, 409, "insufficient_stock", available=7, requested=99)
        unnamed = given.tenant.operator.post(_PATH, {"type": "sale", "quantity": 1}, key="m")
        assert (unnamed.status, unnamed.json["errors"][0]["code"]) == (400, "required")


def test_pages_skip_nothing_and_repeat_nothing_while_bookings_are_made(given: Given) -> None:
    item = given.stocked(100)
    for number in range(6):
        item.posted("sale", 1, reference=str(number))
    seen: list[str] = []
    url: str | None = f"{_PATH}?pageSize=2&type=sale"
    added = 0
    while url:
        page = given.tenant.operator.get(url)
        seen += [row["reference"] for row in page.json["data"]]
        url = page.headers.get("Link", "").partition("<")[2].partition(">")[0] or None
        if added < 3:
            item.posted("sale", 1, reference=f"new {added}")
            added += 1
    assert seen == ["0", "1", "2", "3", "4", "5", "new 0", "new 1", "new 2"]


def test_a_supplier_sees_the_bookings_of_its_house_stock(booked: Given) -> None:
    for supplier, found in (("S1", ["a", "b"]), ("S2", ["c"])):
        rows = booked.tenant.supplier(supplier).get(_PATH).json["data"]
        assert [row["reference"] for row in rows] == found


def test_a_retail_partner_has_no_way_into_the_ledger(booked: Given) -> None:
    partner = booked.tenant.retailer("R1")
    refused(partner.get(_PATH), 403, "insufficient_scope", requiredScope="transactions:read")
    posted = partner.post(_PATH, {"type": "sale"}, key="k")
    refused(posted, 403, "insufficient_scope", requiredScope="transactions:write")


@pytest.mark.parametrize("statement", ["UPDATE {} SET reference = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_itself_keeps_the_ledger(given: Given, statement: str) -> None:
    given.stocked(10)
    sql = statement.format("transactions_stocktransaction")
    with pytest.raises(DatabaseError), as_tenant(given.tenant.id), connection.cursor() as cursor:
        cursor.execute(sql)
    with psycopg.connect(_owner_dsn()) as owner, pytest.raises(psycopg.Error):
        owner.execute("SELECT set_config('app.tenant_id', %s, true)", [str(given.tenant.id)])
        owner.execute(sql)


def _owner_dsn() -> str:
    owner: dict[str, Any] = settings.DATABASES["owner"]
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    return psycopg.conninfo.make_conninfo(**{name: str(owner[key]) for key, name in names.items()})
