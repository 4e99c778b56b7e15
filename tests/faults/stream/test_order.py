"""What was committed in any order, and through any death, is streamed once and in one order."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from django.conf import settings
from django.db import connection

from apps.core.context import CallContext, PartyType, Principal
from apps.core.http.pages import read_position
from apps.outbox.domain.relay import relay_events
from apps.outbox.unit_of_work import UnitOfWork, use_case
from tests.faults.stream.conftest import FAST, Streaming
from tests.support.api import TestTenant
from tests.support.processes import live_stream
from tests.support.stock import Given, Item, relay
from tests.support.streams import Stream, open_stream

_LIVES, _PARTS, _BATCH = 4, 5, 500
_EVENTS = _LIVES * _PARTS * _BATCH
_WRITERS, _EACH = 6, 20


def _position(tenant: TestTenant, cursor: str) -> int:
    return int(read_position(cursor, scope=f"changes|{tenant.id}")[0])


def _ctx(tenant: TestTenant) -> CallContext:
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="test")


@contextmanager
def _relaying() -> Iterator[None]:
    """Relay without a pause for the length of the block."""
    ending = threading.Event()

    def run() -> None:
        while not ending.is_set():
            relay()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        try:
            yield
        finally:
            ending.set()
            done.result()


class _Follower:
    """A client as the guide tells to write one: it comes back with the last id, as often as it must."""

    def __init__(self, token: str, last_id: str) -> None:
        self.base = "http://127.0.0.1:9"  # where the process serves that lives now
        self.sequences: list[int] = []
        self.ids: list[str] = []
        self.came_back = 0
        self.gave_up = threading.Event()
        self._token, self._last_id = token, last_id

    def follow(self, count: int) -> None:
        """Return with so many events."""
        while len(self.sequences) < count and not self.gave_up.wait(0.05):
            try:
                self._read(open_stream(self.base, self._token, last_id=self._last_id), count)
            except OSError:
                self.came_back += 1

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Have it give up at the end of the block, whatever happened in it."""
        try:
            yield
        finally:
            self.gave_up.set()

    def wait_for(self, count: int) -> None:
        """Return when it has so many events."""
        while len(self.sequences) < count:
            assert not self.gave_up.wait(0.002)

    def _read(self, stream: Stream, count: int) -> None:
        assert stream.status == 200, stream.body
        for block in stream.blocks(seconds=30):
            if block.event:
                self.sequences.append(int(block.data["sequence"]))
                self.ids.append(block.data["id"])
            self._last_id = block.id or self._last_id
            if len(self.sequences) == count:
                return
        self.came_back += 1


@use_case(bool)
def _change_product(uow: UnitOfWork, first: int, count: int) -> bool:
    """Write what so many changes of the product would."""
    uow.fetch(
        "INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)"
        " SELECT e.tenant_id, gen_random_uuid(), 'product.updated', e.subject, number, e.facts, now()"
        " FROM outbox_event e, generate_series(%s, %s) AS number"
        " WHERE e.tenant_id = %s AND e.type = 'product.created' ORDER BY number RETURNING id",
        [first, first + count - 1, uow.ctx.tenant_id],
    )
    return True


def test_ten_thousand_events_survive_kills_without_gap_or_repetition(given: Given) -> None:
    given.item()
    relay()
    operator, ctx = given.tenant.operator, _ctx(given.tenant)
    begin = operator.get("/v1/events").json["nextCursor"]
    follower = _Follower(operator.token, begin)
    with ThreadPoolExecutor(1) as pool, follower.ending():
        followed = pool.submit(follower.follow, _EVENTS)
        for life in range(_LIVES):
            with live_stream(FAST) as (follower.base, child):
                for part in range(_PARTS):
                    _change_product(ctx, 2 + (life * _PARTS + part) * _BATCH, _BATCH)
                    relay()
                follower.wait_for(life * _PARTS * _BATCH + _BATCH)  # in the middle of what it is being sent
                if life < _LIVES - 1:
                    child.kill()  # the whole group, with SIGKILL
                else:
                    followed.result(timeout=60)
    assert follower.sequences == list(range(2, _EVENTS + 2))
    assert len(set(follower.ids)) == _EVENTS
    assert follower.came_back >= _LIVES - 1


@use_case(bool)
def _held_open(uow: UnitOfWork, wrote: threading.Event, may_end: threading.Event, facts: str) -> bool:
    """Write an event early and commit it late."""
    uow.fetch(
        "INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)"
        " VALUES (%s, gen_random_uuid(), 'product.updated', 'P1', 2, %s::jsonb, now()) RETURNING id",
        [uow.ctx.tenant_id, facts],
    )
    wrote.set()
    assert may_end.wait(60)
    return True


def test_every_position_comes_once_and_in_order_whatever_commits_late(streaming: Streaming, given: Given) -> None:
    items = [given.stocked(1000, product=f"P{number}") for number in range(1, _WRITERS + 1)]
    relay()
    tenant = given.tenant
    stream = streaming.open(tenant.operator)
    began = _position(tenant, next(stream.blocks()).id)
    with psycopg.connect(settings.DATABASE_RELAY_URL) as reading:
        query = "SELECT facts::text FROM outbox_event WHERE tenant_id = %s AND type = 'product.created' LIMIT 1"
        [(facts,)] = reading.execute(query, [tenant.id]).fetchall()
    ctx = _ctx(tenant)
    wrote, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            _held_open(ctx, wrote, may_end, facts)
        finally:
            connection.close()

    def write(item: Item) -> None:
        try:
            for _ in range(_EACH):
                item.posted("sale", 1)
        finally:
            connection.close()

    told: list[tuple[int, str]] = []
    with _relaying(), ThreadPoolExecutor(_WRITERS + 1) as pool:
        late = pool.submit(hold)
        assert wrote.wait(30)
        writers = [pool.submit(write, item) for item in items]
        for block in stream.blocks(seconds=30):
            if block.event:
                told.append((_position(tenant, block.id), block.event))
            if len(told) == _WRITERS * _EACH:
                may_end.set()  # all that came after it has been told
            if len(told) == _WRITERS * _EACH + 1:
                break
        for each in (late, *writers):
            each.result()
    assert [position for position, _ in told] == list(range(began + 1, began + _WRITERS * _EACH + 2))
    assert [event for _, event in told].index("product.updated") == _WRITERS * _EACH


def test_the_relay_wakes_the_stream(given: Given) -> None:
    item = given.stocked(10)
    relay()

    async def step() -> None:
        async with await psycopg.AsyncConnection.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
            await relay_events(relaying)

    with live_stream({"DJANGO_SETTINGS_MODULE": "tests.faults.stream.woken_settings"}) as (base, _):
        stream = open_stream(base, given.tenant.operator.token)
        next(stream.blocks())
        item.posted("sale", 1)
        asyncio.run(step())
        assert stream.events(1, seconds=20)[0]["sequence"] == "2"
