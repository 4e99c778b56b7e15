"""One predicate, twice: what `availability.py` renders is what `availability.sql` and `pools.sql` let somebody take."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import given as for_any
from hypothesis import strategies as st

from apps.core.structs import decoder_of
from apps.inventory.domain.availability import available, offered
from apps.inventory.types import ItemFacts, OfferTerms
from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import make_product, make_retail_partner, make_supplier, make_warehouse
from tests.support.api import TestTenant
from tests.support.stock import Item, fresh_key, refused

_CHANNELS = {"R1": "online", "R2": "online", "R3": None}
# Moments are days from now, and never one of those at which something ends: the two readings have clocks of their own.
_ENDS = st.none() | st.sampled_from([10, 20, 30])
_LOOKS = (0, 5, 15, 25, 35)
_QUANTITIES = st.integers(0, 40)
_READ = """
    SELECT stock_item_facts(i, NULL, %(at)s)::text, stock_available(i, %(at)s, true, %(partner)s, %(days)s),
           stock_available(i, %(at)s, false, NULL, 0)
    FROM inventory_stockitem i
    WHERE i.tenant_id = %(tenant)s AND i.product_id = %(product)s AND i.retail_partner_id IS NULL"""
_numbers = count()

receipts = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["B1", "B2", "B3", None])), min_size=1, max_size=4)
expiries = st.fixed_dictionaries({name: st.sampled_from([None, 10, 20, 30]) for name in ("B1", "B2", "B3")})
pools = st.lists(
    st.tuples(st.sampled_from(["R1", "R2", "R3", "online", "shops"]), _QUANTITIES, _ENDS, _ENDS), max_size=4
)
takings = st.lists(
    st.tuples(
        st.sampled_from(["reservation", "reservation", "sale"]),
        st.sampled_from([None, "R1", "R2", "R3"]),
        st.integers(1, 20),
        _ENDS,
    ),
    max_size=5,
)
looks = st.lists(st.tuples(st.sampled_from(_LOOKS), st.sampled_from([0, 7, 18, 40])), min_size=1, max_size=3)


class World:
    """A tenant in which each example has a product of its own; its clock stands where it was made."""

    def __init__(self, tenant: TestTenant) -> None:
        self.tenant = tenant
        self.now = datetime.now(UTC)
        make_supplier(tenant, "S1")
        make_warehouse(tenant, "W1")
        for code, channel in _CHANNELS.items():
            make_retail_partner(tenant, code, **({"channel": channel} if channel else {}))

    def moment(self, days: int | None) -> str | None:
        """Return a moment as bodies take it."""
        return None if days is None else (self.now + timedelta(days=days)).isoformat()

    def item(self) -> Item:
        """Return an item that nothing was done to."""
        product = f"P{next(_numbers)}"
        make_product(self.tenant, product)
        return Item(self.tenant, "S1", product)

    def received(self, item: Item, quantity: int, batch: str | None, expires: int | None) -> None:
        """Receive some."""
        place = {"batchNumber": batch, "expirationDate": self.moment(expires)} if batch else {}
        item.posted(
            "receipt", quantity, warehouseLocation="W1", **{name: value for name, value in place.items() if value}
        )

    def share(self, item: Item, whose: str, quantity: int, borrowable: int | None, ends: int | None) -> None:
        """Make a pool, or be refused for what is not there or was shared already."""
        body = {
            "supplierId": "S1",
            "productId": item.product,
            "quantity": quantity,
            "borrowableUntil": self.moment(borrowable),
            "endsAt": self.moment(ends),
            ("retailPartnerId" if whose in _CHANNELS else "channel"): whose,
        }
        self._done(self.tenant.operator.post("/v1/allocations", body))

    def take(self, item: Item, kind: str, partner: str | None, quantity: int, lapses: int | None) -> None:
        """Reserve or sell, or be refused."""
        members: dict[str, Any] = {"forRetailPartnerId": partner} if partner else {}
        if kind == "reservation" and lapses is not None:
            members["expiresAt"] = self.moment(lapses)
        self._done(item.post(kind, quantity, **members))

    def hold(self, item: Item, batch: str) -> None:
        """Hold a batch, if there is one."""
        body = {"supplierId": "S1", "productId": item.product, "reason": "x"}
        self._done(self.tenant.operator.post(f"/v1/batches/{batch}/hold", body, key=fresh_key()))

    def read(self, item: Item, at: datetime, partner: str | None, days: int) -> tuple[ItemFacts, int, int]:
        """Return the facts, and what the database says is offered to a partner and available to anybody."""
        named: dict[str, Any] = {
            "tenant": self.tenant.id,
            "product": item.product,
            "at": at,
            "partner": partner,
            "days": days,
        }
        with as_tenant(self.tenant.id), connection.cursor() as cursor:
            cursor.execute(_READ, named)
            facts, theirs, everybodys = cursor.fetchone()
        return decoder_of(ItemFacts).decode(facts), theirs, everybodys

    @staticmethod
    def _done(answer: Any) -> None:
        assert answer.status in {200, 201, 404, 409}, answer.json


@pytest.fixture
def world(tenant: TestTenant) -> World:
    """Return a tenant with partners and a warehouse."""
    return World(tenant)


_SETTINGS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@_SETTINGS
@for_any(
    received=receipts,
    expires=expiries,
    shared=pools,
    taken=takings,
    held=st.sampled_from([None, "B1", "B2"]),
    seen=looks,
)
def test_what_is_shown_is_what_the_database_says(
    world: World, received: Any, expires: Any, shared: Any, taken: Any, held: str | None, seen: Any
) -> None:
    item = world.item()
    for quantity, batch in received:
        world.received(item, quantity, batch, expires[batch] if batch else None)
    for pool in shared:
        world.share(item, *pool)
    for taking in taken:
        world.take(item, *taking)
    if held:
        world.hold(item, held)
    for later, days in seen:
        at = world.now + timedelta(days=later, seconds=1)
        for partner in (None, *_CHANNELS):
            facts, theirs, everybodys = world.read(item, at, partner, days)
            terms = OfferTerms(shelf_life_days=days, channel=_CHANNELS.get(partner or ""))
            assert offered(facts, partner or "", terms, at=at) == theirs, (partner, later, days)
            assert available(facts.levels, at=at) == everybodys, (later, days)


@_SETTINGS
@for_any(received=receipts, shared=pools, taken=takings, partner=st.sampled_from([None, "R1", "R2", "R3"]))
def test_what_is_offered_can_be_taken_and_one_more_cannot(
    world: World, received: Any, shared: Any, taken: Any, partner: str | None
) -> None:
    item = world.item()
    for quantity, batch in received:
        world.received(item, quantity, batch, None)
    for pool in shared:
        world.share(item, *pool)
    for taking in taken:
        world.take(item, *taking)
    _, theirs, _ = world.read(item, datetime.now(UTC), partner, 0)
    members: dict[str, Any] = {"forRetailPartnerId": partner} if partner else {}
    refused(item.post("sale", theirs + 1, **members), 409, "insufficient_stock", available=theirs)
    if theirs:
        item.posted("sale", theirs, **members)


def test_the_two_are_told_apart_where_they_differ(world: World) -> None:
    """The comparison can fail: a reading that forgets the pools is not the database's."""
    item = world.item()
    world.received(item, 10, "B1", 10)
    world.share(item, "R1", 6, None, None)
    at = world.now + timedelta(days=1)
    facts, theirs, everybodys = world.read(item, at, "R3", 0)
    assert (theirs, everybodys, offered(facts, "R3", OfferTerms(), at=at)) == (4, 10, 4)
    forgetful = msgspec.structs.replace(facts, pools=[])
    assert offered(forgetful, "R3", OfferTerms(), at=at) == 10
