"""The change feed while stock moves: everything once, in order, and nothing that was not committed."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.domain import kernel
from apps.inventory.types import Movement, MovementType
from apps.outbox.unit_of_work import UnitOfWork, as_tenant
from tests.support.crowd import Crowd, Sent, batch, posting, refusals, statuses
from tests.support.stock import Given, Item, nothing_moves, relay

pytestmark = pytest.mark.xdist_group("live")


class Reader:
    """A client that follows the feed by its cursor."""

    def __init__(self, crowd: Crowd, given: Given) -> None:
        self._crowd, self._client, self._cursor = crowd, given.tenant.operator, ""

    def read_on(self) -> list[dict[str, Any]]:
        """Return what came since it read last, page by page."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            query = f"?limit=7{f'&cursor={self._cursor}' if self._cursor else ''}"
            page = self._crowd.one(Sent(self._client, "GET", f"/v1/inventory/changes{query}")).json
            found += page["data"]
            self._cursor, more = page["nextCursor"], page["hasMore"]
        return found


def _places(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["subject"], int(event["sequence"])) for event in events]


def test_a_feed_read_during_eight_writers_shows_everything_once_and_in_order(given: Given, crowd: Crowd) -> None:
    """A cursor of ids or times passes by what is committed later under a smaller one: gone for ever."""
    items = [given.stocked(1000, product=f"P{number}") for number in range(3)]
    reader, random = Reader(crowd, given), Random(15)
    lists = [[items[random.randrange(3)].entry("sale", 1) for _ in range(random.randint(1, 12))] for _ in range(40)]
    booked = defaultdict(int, {f"S1/{item.product}": 1 for item in items})
    for line in (line for lines in lists for line in lines):
        booked[f"S1/{line['productId']}"] += 1
    _ = given.tenant.operator.token
    seen: dict[str, list[int]] = defaultdict(list)
    with ThreadPoolExecutor(10) as pool:
        writers = [pool.submit(_write, crowd, items[0], lists[number::8]) for number in range(8)]
        relays = [pool.submit(_relay_until_done, writers) for _ in range(2)]
        finished = False
        while not finished:
            finished = all(relaying.done() for relaying in relays)
            for subject, sequence in _places(reader.read_on()):
                seen[subject].append(sequence)
    assert [writer.result() for writer in writers] == [{200: 5}] * 8
    assert seen == {subject: list(range(1, count + 1)) for subject, count in booked.items()}


def _write(crowd: Crowd, item: Item, lists: list[list[dict[str, Any]]]) -> dict[int, int]:
    return statuses([crowd.one(batch(item, lines), process=number) for number, lines in enumerate(lists)])


def _relay_until_done(writers: list[Any]) -> None:
    finished = False
    while not finished:
        finished = all(writer.done() for writer in writers)
        relay()


@contextmanager
def _uncommitted_sale(item: Item) -> Iterator[None]:
    """Keep a sale open for the length of the block: booked, its event written, its transaction not ended."""
    principal = Principal(tenant_id=item.tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    ctx = CallContext(principal=principal, now=datetime.now(UTC), request_id="")
    sale = Movement(type=MovementType.SALE, supplier_id=item.supplier, product_id=item.product, quantity=1)
    with as_tenant(item.tenant.id):
        kernel.post_within(UnitOfWork(ctx), [kernel.movement_line(sale)])
        yield


def test_a_long_transaction_delays_its_own_news_and_nobody_loses_any(given: Given, crowd: Crowd) -> None:
    """A reader waits for the oldest open transaction and falls behind, or does not wait and misses what it commits."""
    slow, quick = given.stocked(10, product="SLOW"), given.stocked(100, product="QUICK")
    reader = Reader(crowd, given)
    relay()
    reader.read_on()
    _ = given.tenant.operator.token
    with _uncommitted_sale(slow):
        assert statuses(crowd.send([posting(quick, "sale", 1) for _ in range(32)])) == {201: 32}
        relay()
        assert _places(reader.read_on()) == [("S1/QUICK", sequence) for sequence in range(2, 34)]
    relay()
    assert _places(reader.read_on()) == [("S1/SLOW", 2)]
    assert reader.read_on() == []


def test_three_items_sold_out_by_one_list_are_three_events(given: Given, crowd: Crowd) -> None:
    """The events of one change are made late, from what the loop held last: three times the same item."""
    items = [given.stocked(2, product=f"P{number}") for number in range(3)]
    reader = Reader(crowd, given)
    relay()
    reader.read_on()
    assert crowd.one(batch(items[0], [item.entry("sale", 2) for item in items])).status == 200
    relay()
    events = reader.read_on()
    told = [(event["subject"], event["data"]["productId"], event["data"]["availableQuantity"]) for event in events]
    assert told == [(f"S1/P{number}", f"P{number}", 0) for number in range(3)]
    assert [event["data"]["stockStatus"] for event in events] == ["outOfStock"] * 3
    assert len({event["id"] for event in events}) == 3


def test_a_list_that_rolls_back_has_told_nobody(given: Given, crowd: Crowd) -> None:
    """News of a change is given when it is made and not when it is committed: receivers hear of what never was."""
    items = [given.stocked(2, product=f"P{number}") for number in range(3)]
    reader = Reader(crowd, given)
    relay()
    reader.read_on()
    lines = [item.entry("sale", quantity) for item, quantity in zip(items, (2, 2, 3), strict=True)]
    with nothing_moves(given.tenant):
        replies = crowd.send([batch(items[0], lines) for _ in range(8)])
        assert (statuses(replies), refusals(replies)) == ({409: 8}, {(409, "insufficient_stock"): 8})
        relay()
    assert reader.read_on() == []
