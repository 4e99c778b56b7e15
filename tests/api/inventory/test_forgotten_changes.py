"""The change feed when the log has forgotten its beginning: 410 for who has missed something, and for nobody else."""

from typing import Any
from uuid import uuid4

import pytest

from apps.outbox.commands.keep_log import keep_log
from tests.factories.master_data import make_product, make_supplier, make_warehouse
from tests.support.api import ApiAnswer, TestTenant
from tests.support.log import age
from tests.support.stock import relay

FEED = "/v1/inventory/changes"


def read(tenant: TestTenant, cursor: str | None = None, **params: Any) -> ApiAnswer:
    given = {**params, **({"cursor": cursor} if cursor else {})}
    return tenant.operator.get(FEED + "?" + "&".join(f"{name}={value}" for name, value in given.items()))


def sequences(answer: ApiAnswer) -> list[int]:
    assert answer.status == 200, answer.json
    return [int(event["sequence"]) for event in answer.json["data"]]


@pytest.fixture
def shop(tenant: TestTenant) -> TestTenant:
    """Return a tenant with an item to book, whose first events are of its master data and behind its log's start."""
    make_supplier(tenant, "S1")
    make_warehouse(tenant, "W1")
    make_product(tenant, "P1")
    return tenant


def book(tenant: TestTenant, times: int) -> None:
    for _ in range(times):
        body = {"type": "receipt", "quantity": 1, "warehouseLocation": "W1"}
        assert tenant.operator.post("/v1/inventory/S1/P1", body, key=str(uuid4())).status == 201
    relay()


def test_a_cursor_is_expired_when_the_event_next_to_it_is_gone(shop: TestTenant) -> None:
    start = read(shop).json["nextCursor"]
    book(shop, 3)
    cursors = [start]
    while (page := read(shop, cursors[-1], limit=1).json)["hasMore"]:
        cursors.append(page["nextCursor"])
    cursors.append(page["nextCursor"])
    assert len(cursors) == 5  # of the product and of three bookings
    age(shop, 40)
    book(shop, 2)
    keep_log()
    assert [sequences(read(shop, cursors[-1])), sequences(read(shop))] == [[4, 5], [4, 5]]
    for cursor in cursors[:-1]:
        expired = read(shop, cursor)
        assert (expired.status, expired.json["code"]) == (410, "cursor_expired")


def test_who_has_read_everything_may_come_back_after_any_time(shop: TestTenant) -> None:
    book(shop, 2)
    first = read(shop, limit=1).json["nextCursor"]
    last = read(shop).json["nextCursor"]
    age(shop, 40)
    keep_log()
    assert read(shop, first).status == 410
    assert sequences(read(shop, last)) == []
    begun = read(shop)
    assert sequences(begun) == []
    book(shop, 1)
    assert sequences(read(shop, last)) == sequences(read(shop, begun.json["nextCursor"])) == [3]
    assert read(shop, first).status == 410


def test_a_cursor_of_before_the_first_event_expires_too(tenant: TestTenant) -> None:
    start = read(tenant).json["nextCursor"]
    assert sequences(read(tenant, start)) == []
    make_supplier(tenant, "S1")
    make_warehouse(tenant, "W1")
    make_product(tenant, "P1")
    book(tenant, 1)
    assert sequences(read(tenant, start)) == [1]
    age(tenant, 40)
    keep_log()
    assert read(tenant, start).status == 410


def test_nobody_else_s_cursor_expires(shop: TestTenant, other_tenant: TestTenant) -> None:
    start = read(other_tenant).json["nextCursor"]
    make_supplier(other_tenant, "S1")
    make_warehouse(other_tenant, "W1")
    make_product(other_tenant, "P1")
    book(other_tenant, 2)
    book(shop, 2)
    age(shop, 40)
    keep_log()
    assert sequences(read(other_tenant, start)) == [1, 2]
