"""One moment for a call, taken when it has every lock: what lapses while it waits has lapsed for all of it."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.support.crowd import Crowd, Reply, Sent
from tests.support.stock import Given, Item, fresh_key, wait_for

pytestmark = pytest.mark.xdist_group("live")

# Long enough for a request to reach the lock, short enough to wait for.
_LEASE = timedelta(seconds=1)
_LOCK = """
    SELECT FROM inventory_stockitem
    WHERE tenant_id = %s AND supplier_id = %s AND product_id = %s AND retail_partner_id IS NULL FOR UPDATE NOWAIT"""
_WAITING = """
    SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE NOT l.granted AND a.datname = current_database()"""


@contextmanager
def locked(item: Item) -> Iterator[psycopg.Connection[Any]]:
    """Hold an item's lock for the length of the block, from a connection of its own."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("SELECT set_config('app.tenant_id', %s, true)", [str(item.tenant.id)])
        assert owner.execute(_LOCK, [item.tenant.id, item.supplier, item.product]).rowcount == 1
        yield owner
        owner.rollback()


def answered_after(lapses: datetime, request: Sent, *, waiting_for: Item, crowd: Crowd) -> Reply:
    """Send a request that has to wait for an item, and let it go on when the moment has passed."""
    _ = request.client.token
    with ThreadPoolExecutor(1) as pool:
        with locked(waiting_for) as owner:
            reply = pool.submit(crowd.one, request)
            pause = threading.Event()
            while not owner.execute(_WAITING).rowcount:
                assert not reply.done(), reply.result()
                pause.wait(0.005)
            assert datetime.now(UTC) < lapses, "the machine is too slow for this lease"
            wait_for(lapses)
        return reply.result()


def _held(items: list[Item], lapses: datetime) -> str:
    lines = [{"supplierId": item.supplier, "productId": item.product, "quantity": 4} for item in items]
    body = {"items": lines, "expiresAt": lapses.isoformat()}
    made = items[0].tenant.operator.post("/v1/reservations", body, key=fresh_key())
    assert made.status == 201, made.json
    return str(made.json["reservationId"])


@pytest.mark.parametrize("waits_for", [0, 1], ids=["the first item", "the last item"])
def test_a_lease_that_lapses_while_its_commit_waits_is_not_committed(
    given: Given, crowd: Crowd, waits_for: int
) -> None:
    """A lease is judged before the call has all its locks: what lapsed in the meantime is shipped."""
    items = [given.stocked(10, product=f"P{number}") for number in range(2)]
    lapses = datetime.now(UTC) + _LEASE
    path = f"/v1/reservations/{_held(items, lapses)}/commit"
    request = Sent(given.tenant.operator, "POST", path, {}, key=fresh_key())
    reply = answered_after(lapses, request, waiting_for=items[waits_for], crowd=crowd)
    assert (reply.status, reply.json["code"], reply.json["reservationStatus"]) == (409, "invalid_state", "expired")
    assert [item.balances for item in items] == [(10, 0, 0, 10)] * 2


def test_what_a_lapsing_lease_held_is_there_for_whoever_waited(given: Given, crowd: Crowd) -> None:
    """Leases of the first item are judged when it is locked, and not when all are: what has lapsed since is refused."""
    first, second = (given.stocked(4, product=f"P{number}") for number in range(2))
    lapses = datetime.now(UTC) + _LEASE
    _held([first], lapses)
    body = {"items": [first.entry("sale", 4), second.entry("sale", 1)]}
    request = Sent(given.tenant.operator, "POST", "/v1/inventory/batch", body, key=fresh_key())
    reply = answered_after(lapses, request, waiting_for=second, crowd=crowd)
    assert reply.status == 200, reply.json
    assert (first.balances, second.balances) == ((0, 0, 0, 0), (3, 0, 0, 3))
