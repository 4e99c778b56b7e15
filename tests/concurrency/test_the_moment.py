"""One moment for a call, taken when it has every lock: what lapses while it waits has lapsed for all of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crowd import Crowd, Reply, Sent
from tests.support.interleaving import holding
from tests.support.stock import Given, Item, fresh_key, wait_for

pytestmark = pytest.mark.xdist_group("live")

# Long enough for a request to reach the lock, short enough to wait for.
_LEASE = timedelta(seconds=1)


def answered_after(lapses: datetime, request: Sent, *, waiting_for: Item, crowd: Crowd) -> Reply:
    """Send a request that has to wait for an item, and let it go on when the moment has passed."""
    _ = request.client.token
    with ThreadPoolExecutor(1) as pool, holding(waiting_for.tenant.id) as hold:
        hold.item(waiting_for)
        reply = pool.submit(crowd.one, request)
        hold.wait_for(1)
        assert datetime.now(UTC) < lapses, "the machine is too slow for this lease"
        wait_for(lapses)
        hold.let_go()
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
    """A lease is judged when its own item is locked: over several items it is committed in part and lapsed in part."""
    items = [given.stocked(10, product=f"P{number}") for number in range(2)]
    lapses = datetime.now(UTC) + _LEASE
    path = f"/v1/reservations/{_held(items, lapses)}/commit"
    request = Sent(given.tenant.operator, "POST", path, {}, key=fresh_key())
    reply = answered_after(lapses, request, waiting_for=items[waits_for], crowd=crowd)
    assert (reply.status, reply.json["code"], reply.json["reservationStatus"]) == (409, "invalid_state", "expired")
    assert [item.balances for item in items] == [(10, 0, 0, 10)] * 2


def test_what_a_lapsing_lease_held_is_there_for_whoever_waited(given: Given, crowd: Crowd) -> None:
    """What lapsed while a list waited for another item is held against it, though nobody holds it any more."""
    first, second = (given.stocked(4, product=f"P{number}") for number in range(2))
    lapses = datetime.now(UTC) + _LEASE
    _held([first], lapses)
    body = {"items": [first.entry("sale", 4), second.entry("sale", 1)]}
    request = Sent(given.tenant.operator, "POST", "/v1/inventory/batch", body, key=fresh_key())
    reply = answered_after(lapses, request, waiting_for=second, crowd=crowd)
    assert reply.status == 200, reply.json
    assert (first.balances, second.balances) == ((0, 0, 0, 0), (3, 0, 0, 3))
