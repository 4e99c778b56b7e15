"""The ends of a reservation meet: released, committed, extended, expired. It has one, and its stock goes to one."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.commands.expire_reservations import expire_reservations
from tests.support.crowd import Crowd, Reply, Sent, posting, refusals, statuses
from tests.support.interleaving import Hold
from tests.support.stock import Given, Item, fresh_key, wait_for

pytestmark = pytest.mark.xdist_group("live")


def _reserving(item: Item, quantity: int, *, until: datetime | None = None) -> Sent:
    body: dict[str, Any] = {"items": [{**item.entry(""), "quantity": quantity}]}
    body["items"][0].pop("type")
    if until is not None:
        body["expiresAt"] = until.isoformat()
    return Sent(item.tenant.operator, "POST", "/v1/reservations", body, key=fresh_key())


def _doing(item: Item, made: Any, verb: str, **body: Any) -> Sent:
    """Return an action on a reservation, about to be sent."""
    path = f"/v1/reservations/{made['reservationId']}/{verb}"
    return Sent(item.tenant.operator, "POST", path, body, key=fresh_key())


def _showing(item: Item, made: Any) -> Sent:
    return Sent(item.tenant.operator, "GET", f"/v1/reservations/{made['reservationId']}")


def _ended(reply: Reply) -> tuple[int, str, str]:
    return reply.status, reply.json["code"], reply.json["reservationStatus"]


def _soon(milliseconds: int = 1000) -> datetime:
    return datetime.now(UTC) + timedelta(milliseconds=milliseconds)


def _made(crowd: Crowd, request: Sent) -> Any:
    reply = crowd.one(request)
    assert reply.status == 201, reply.content
    return reply.json


def _sweep(item: Item) -> None:
    principal = Principal(tenant_id=item.tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    expire_reservations(CallContext(principal=principal, now=datetime.now(UTC), request_id=""))


def test_released_shipped_and_released_again_at_once_happens_once(given: Given, crowd: Crowd) -> None:
    """Cancelled while it ships: the stock is given back and gone, and what is reserved sinks below nought."""
    item = given.stocked(20)
    names = [item.posted("reservation", 1)["reservationId"] for _ in range(20)]
    kinds = ("release", "shipment", "release")
    replies = crowd.send([posting(item, kind, 1, reservationId=name) for name in names for kind in kinds])
    shipped = 0
    for first, shipment, second in zip(replies[::3], replies[1::3], replies[2::3], strict=True):
        if shipment.status == 201:
            # A release after the shipment has nothing to give back.
            assert refusals([first, second]) == {(409, "insufficient_stock"): 2}
            shipped += 1
        else:
            # A shipment after a release has nothing to ship; the second release is harmless and books nothing.
            assert (refusals([shipment]), statuses([first, second])) == ({(409, "insufficient_stock"): 1}, {201: 2})
            assert sum(len(reply.json["transactions"]) for reply in (first, second)) == 1
    assert item.balances == (20 - shipped, 0, 0, 20 - shipped)
    assert (item.version, len(item.ledger)) == (41, 41)


def test_32_releases_of_one_reservation_give_it_back_once(given: Given, crowd: Crowd) -> None:
    """Cancelled twice at once: the stock is given back twice."""
    item = given.stocked(10)
    name = item.posted("reservation", 10)["reservationId"]
    replies = crowd.send([posting(item, "release", reservationId=name) for _ in range(32)])
    assert statuses(replies) == {201: 32}
    assert sum(len(reply.json["transactions"]) for reply in replies) == 1
    assert (item.balances, item.version) == ((10, 0, 0, 10), 3)


def test_32_shipments_of_one_reservation_ship_it_once(given: Given, crowd: Crowd) -> None:
    """Shipped twice at once: two parcels leave for one promise, the second out of somebody else's."""
    item = given.stocked(40)
    name = item.posted("reservation", 10)["reservationId"]
    replies = crowd.send([posting(item, "shipment", 10, reservationId=name) for _ in range(32)])
    assert (statuses(replies), refusals(replies)) == ({201: 1, 409: 31}, {(409, "insufficient_stock"): 31})
    assert (item.balances, item.version) == ((30, 0, 0, 30), 3)


def test_a_reservation_that_expires_while_it_ships_has_one_end(given: Given, crowd: Crowd) -> None:
    """Expiry and shipment each look, find it held, and each have their effect."""
    item = given.stocked(24)
    ends = datetime.now(UTC) + timedelta(seconds=2)
    names = [item.posted("reservation", 1, expiresAt=ends.isoformat())["reservationId"] for _ in range(24)]
    wait_for(ends - timedelta(milliseconds=20))
    replies = crowd.send([posting(item, "shipment", 1, reservationId=name) for name in names])
    assert set(statuses(replies)) <= {201, 409}
    shipped = statuses(replies).get(201, 0)
    wait_for(ends)
    item.posted("adjustment", 1, reason="x")
    assert item.balances == (25 - shipped, 0, 0, 25 - shipped)


def test_200_reservations_that_expire_while_they_are_committed_have_one_end_each(given: Given, crowd: Crowd) -> None:
    """Expiry and commitment each look, find it held, and each have their effect: shipped and given back."""
    items = [given.stocked(25, product=f"P{number}") for number in range(8)]
    _ = given.tenant.operator.token
    with ThreadPoolExecutor(9) as pool:
        workers = [pool.submit(_commit_25_at_their_expiry, crowd, item) for item in items]
        sweeping = pool.submit(_sweep_until_done, items[0], workers)
        ends = [worker.result() for worker in workers]
        sweeping.result()
    _sweep(items[0])
    for item, pairs in zip(items, ends, strict=True):
        committed = 0
        for made, reply in pairs:
            shown = crowd.one(_showing(item, made)).json["status"]
            if reply.status == 200:
                assert shown == "committed"
                committed += 1
            else:
                assert (_ended(reply), shown) == ((409, "invalid_state", "expired"), "expired")
        assert item.balances == (25 - committed, 0, 0, 25 - committed)
        assert item.version == 1 + 2 * 25  # the receipt, and of each reservation its beginning and its one end


def _commit_25_at_their_expiry(crowd: Crowd, item: Item) -> list[tuple[Any, Reply]]:
    """Make 25 reservations and commit each shortly before or after its end."""
    pairs, lease = [], 80
    for number in range(25):
        until = _soon(lease)
        reserved = crowd.one(_reserving(item, 1, until=until))
        while reserved.status == 400:  # over before it began, on a machine that is busy
            lease *= 2
            until = _soon(lease)
            reserved = crowd.one(_reserving(item, 1, until=until))
        made = reserved.json
        wait_for(until - timedelta(milliseconds=3 * number - 10))
        commit = _doing(item, made, "commit")
        reply = crowd.one(commit)
        while reply.status == 409 and reply.json["code"] == "concurrent_update":
            reply = crowd.one(commit, process=1)
        pairs.append((made, reply))
    return pairs


def _sweep_until_done(item: Item, workers: "Sequence[Future[Any]]") -> None:
    pause = threading.Event()
    while not all(worker.done() for worker in workers):
        with suppress(OperationalError):  # the item was held too long: at the next look
            _sweep(item)
        pause.wait(0.01)


def test_a_commitment_that_was_in_time_stands_though_it_ends_after_the_expiry(
    given: Given, crowd: Crowd, hold: Hold
) -> None:
    """A sweeper beside an uncommitted commitment gives the stock back that is being shipped."""
    item = given.stocked(10)
    until = _soon()
    made = _made(crowd, _reserving(item, 10, until=until))
    hold.events()
    committing = crowd.begin(_doing(item, made, "commit"))
    hold.wait_for(1)
    wait_for(until)
    hold.let_go()
    assert committing.result().status == 200
    _sweep(item)
    assert crowd.one(_showing(item, made)).json["status"] == "committed"
    assert (item.balances, item.version) == ((0, 0, 0, 0), 3)


def test_a_commitment_that_waited_beyond_the_expiry_is_too_late(given: Given, crowd: Crowd, hold: Hold) -> None:
    """A lease is judged by the clock before the wait for the lock: it is committed when it has long lapsed."""
    item = given.stocked(10)
    until = _soon()
    made = _made(crowd, _reserving(item, 10, until=until))
    hold.item(item)
    committing = crowd.begin(_doing(item, made, "commit"))
    hold.wait_for(1)
    wait_for(until)
    hold.let_go()
    assert _ended(committing.result()) == (409, "invalid_state", "expired")
    assert (item.balances[0], item.balances[3]) == (10, 10)


def test_what_a_dead_sweeper_left_is_available_to_readers_and_takers(given: Given, crowd: Crowd) -> None:
    """Availability is what the sweeper left behind: with the sweeper dead, lapsed leases hold stock for ever."""
    item = given.stocked(10)
    until = _soon()
    made = _made(crowd, _reserving(item, 10, until=until))
    assert refusals([crowd.one(posting(item, "sale", 1))]) == {(409, "insufficient_stock"): 1}
    wait_for(until)
    client = item.tenant.operator
    for process in (0, 1):
        shown = crowd.one(Sent(client, "GET", item.path), process=process).json
        listed = crowd.one(Sent(client, "GET", "/v1/inventory?stockStatus=inStock"), process=process).json
        assert (shown["availableQuantity"], shown["levels"][0]["availableQuantity"]) == (10, 10)
        assert [each["availableQuantity"] for each in listed["data"]] == [10]
        assert crowd.one(_showing(item, made), process=process).json["status"] == "expired"
    replies = crowd.send([posting(item, "reservation", 1) for _ in range(32)])
    assert statuses(replies) == {201: 10, 409: 22}
    assert item.balances == (10, 10, 0, 0)


def test_a_lapsed_reservation_is_not_renewed_after_somebody_else_took_its_stock(given: Given, crowd: Crowd) -> None:
    """The first holder renews what lapsed, and two hold the same stock."""
    item = given.stocked(10)
    until = _soon()
    old = _made(crowd, _reserving(item, 10, until=until))
    wait_for(until)
    new = _made(crowd, _reserving(item, 10))
    later = _soon(600_000).isoformat()
    requests = [_doing(item, old, "extend", expiresAt=later), _doing(item, old, "commit")] * 16
    replies = crowd.send([request.under_another_key() for request in requests])
    assert {_ended(reply) for reply in replies} == {(409, "invalid_state", "expired")}
    assert item.balances == (10, 10, 0, 0)
    assert crowd.one(_doing(item, new, "commit")).status == 200
    assert item.balances == (0, 0, 0, 0)


def test_what_has_lapsed_is_refused_without_a_wait_for_the_item(given: Given, crowd: Crowd, hold: Hold) -> None:
    """Each of many late owners takes back all that lapsed, under the lock, and is refused, which undoes it: a queue."""
    item = given.stocked(10)
    until = _soon()
    made = _made(crowd, _reserving(item, 10, until=until))
    wait_for(until)
    hold.item(item)
    late = [_doing(item, made, "commit"), _doing(item, made, "extend", expiresAt=_soon(600_000).isoformat())]
    replies = crowd.send(late * 8)
    hold.let_go()
    assert {_ended(reply) for reply in replies} == {(409, "invalid_state", "expired")}
    assert item.version == 2


def test_a_renewal_that_waited_beyond_the_expiry_leaves_the_stock_to_the_next(
    given: Given, crowd: Crowd, hold: Hold
) -> None:
    """A renewal sent in time and served too late takes the stock back from whoever has it since."""
    item = given.stocked(10)
    until = _soon()
    old = _made(crowd, _reserving(item, 10, until=until))
    hold.item(item)
    renewing = crowd.begin(_doing(item, old, "extend", expiresAt=_soon(600_000).isoformat()), process=0)
    hold.wait_for(1)
    taking = crowd.begin(_reserving(item, 10), process=1)
    hold.wait_for(2)
    wait_for(until)
    hold.let_go()
    assert (_ended(renewing.result()), taking.result().status) == ((409, "invalid_state", "expired"), 201)
    assert item.balances == (10, 10, 0, 0)


def test_the_owner_of_the_only_reservation_commits_it_while_strangers_ask(given: Given, crowd: Crowd) -> None:
    """Availability of nought refuses also the one who holds it all: a promise that cannot be kept."""
    items = [given.stocked(10, product=f"P{number}") for number in range(2)]
    both = [{"supplierId": item.supplier, "productId": item.product, "quantity": 10} for item in items]
    made = _made(crowd, Sent(items[0].tenant.operator, "POST", "/v1/reservations", {"items": both}, key=fresh_key()))
    requests = [_doing(items[0], made, "commit")]
    requests += [_reserving(items[number % 2], 1) for number in range(31)]
    owner, *strangers = crowd.send(requests)
    assert (owner.status, refusals(strangers)) == (200, {(409, "insufficient_stock"): 31})
    assert [item.balances for item in items] == [(0, 0, 0, 0)] * 2


def test_a_count_below_what_is_held_and_its_owners_share_what_is_there(given: Given, crowd: Crowd) -> None:
    """A count takes stock from under reservations that are being shipped: more leaves than was ever there."""
    item = given.stocked(20)
    made = [_made(crowd, _reserving(item, 1)) for _ in range(20)]
    requests = [_doing(item, each, "commit") for each in made]
    requests.insert(10, posting(item, "count", 5, warehouseLocation="W1"))
    replies = crowd.send(requests)
    counted = replies.pop(10)
    assert counted.status == 201
    assert {_ended(reply) for reply in replies if reply.status != 200} <= {(409, "invalid_state", "displaced")}
    ends = [crowd.one(_showing(item, each)).json["status"] for each in made]
    committed = statuses(replies)[200]
    assert (ends.count("committed"), ends.count("displaced")) == (committed, 20 - committed)
    assert item.balances[1] == 0
    assert sum(row["inventoryLevelChange"] for row in item.ledger if row["type"] == "shipment") == -committed
