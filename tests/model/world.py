"""One tenant and the model beside it: wishes become calls, calls are sent, and the model explains what came of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from apps.access.commands.issue_client import issue_client
from apps.core.context import PartyType
from tests.factories.master_data import (
    make_agreement,
    make_packaging,
    make_product,
    make_retail_partner,
    make_supplier,
    make_warehouse,
)
from tests.model import found
from tests.model.calls import Call, Reply
from tests.model.drivers import Driver
from tests.model.explain import explained
from tests.model.items import OWNERS, UNITS
from tests.model.papers import Policy
from tests.model.stock import CHANNELS, Key, Lease, Stock
from tests.model.wishes import BATCH_EXPIRY, MINIMUM_SHELF_LIFE, Again, Later, Mark, Nth, Site, Wish
from tests.support.api import ApiClient, TestTenant
from tests.support.books import books_of

ITEMS = (Key("S1", "P1"), Key("S1", "P2"), Key("S1", "P1", "R1"), Key("S1", "P2", "R1"))
# A warehouse as the item sees it: from where, and to where. The last of each belongs to the other side.
FROM = {None: ("W1", "W1", "W2", "WS", "RW"), "R1": ("RW", "RW", "RX", "RX", "W1")}
TO = {None: ("W2", "W2", "W1", "RW", "RX"), "R1": ("RX", "RX", "RW", "W1", "W2")}
NOBODY = "res_00000000000000000000000000"
BOOKS_EVERY = 10
MOSTLY = 4  # of six or eight
# What every run begins with, so that its first calls find something.
_FIRST_RECEIPTS = Wish(
    "batch",
    members={
        "mode": "atomic",
        "lines": [
            (item, "receipt", {"quantity": quantity, "warehouseLocation": Site(site), **batch})
            for item, quantity, site, batch in (
                (0, 25, 0, {"batchNumber": "LATE", "expirationDate": "its own"}),
                (0, 20, 2, {"batchNumber": "SOON", "expirationDate": "its own"}),
                (0, 3, 0, {"batchNumber": "GONE", "expirationDate": "its own"}),
                (1, 30, 0, {}),
                (2, 20, 0, {"batchNumber": "SOON", "expirationDate": "its own"}),
            )
        ],
    },
)

_FIRST_LEASE = {"mode": "all", "items": [(0, {"quantity": 3}), (1, {"quantity": 2})], "expiresAt": Later(1)}


def _first_transfer(to: int) -> Wish:
    """Return one of two products, from where they lie."""
    lines = [{"other": other, "quantity": 3, "batch": None, "unit": None} for other in (0, 1)]
    places = {"warehouseLocation": Site(0), "toWarehouseLocation": Site(to)}
    return Wish("plan", members={**places, "lines": lines})


FIRST_POLICY = Policy("manualReview")
_FIRST_STATED = {"quantity": 9, "warehouseLocation": Site(2), "batchNumber": "SOON", "source": "shop"}
_FIRST_COUNTED = {"product": "P2", "quantity": 9, "batch": None, "partner": None, "countedAt": Mark(0)}
FIRST = (
    _FIRST_RECEIPTS,
    Wish("reserve", members=_FIRST_LEASE),
    Wish("reserve", members=_FIRST_LEASE),
    _first_transfer(0),
    _first_transfer(3),
    Wish("ship", members={"of": 0}),
    Wish("ship", members={"of": 0}),
    _first_transfer(0),
    Wish(
        "share out", members={"item": 0, "quantity": 6, "for": {"retailPartnerId": "R1"}, "borrowableUntil": Later(2)}
    ),
    Wish("share out", members={"item": 0, "quantity": 4, "for": {"channel": "WEB"}}),
    Wish("count", members=_FIRST_STATED),
    Wish("patch", members={"reorderThreshold": 30, "reorderThresholds": {"W1": 18, "W2": 13}}, version="good"),
    Wish("open count", members={"warehouse": "W1"}),
    Wish("write down", members={"of": 0, "lines": [_FIRST_COUNTED]}),
)


@dataclass(slots=True)
class Tally:
    """How many calls were sent, by verb and by the status of the answer."""

    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)  # the kinds of events, and whether they told of a place or a batch
    steps: int = 0  # at which several calls were sent at the same moment
    together: int = 0  # how many calls those were
    lapses: int = 0

    @property
    def sent(self) -> int:
        """How many calls there were."""
        return self.calls.total()

    def statuses(self, verb: str) -> set[int]:
        """Return the statuses that a verb was answered with."""
        return {status for name, status in self.calls if name == verb}


Ask: TypeAlias = Callable[["World", Call, Wish], Call]
# By verb: the call that a wish becomes, made of one that has nothing but its item. Families of calls enter themselves.
ASKS: dict[str, Ask] = {}


def asks(*verbs: str) -> Callable[[Ask], Ask]:
    """Enter a function as what makes a wish for these verbs a call."""

    def enter(function: Ask) -> Ask:
        ASKS.update(dict.fromkeys(verbs, function))
        return function

    return enter


class World:
    """A tenant with its stock, in the database and in the model."""

    def __init__(self, driver: Driver, tally: Tally) -> None:
        self.stock = Stock(policy=FIRST_POLICY)
        self._driver, self._tally = driver, tally
        self._tenant = TestTenant("model")
        self._clients = _clients(self._tenant)
        self._database = found.Database(self._tenant.id)
        self._history: list[Call] = []
        self._marks: list[datetime] = []  # the moments between the steps
        self._moments: dict[str, int] = {}
        self._mark()
        self._keys = 0
        self.several = False  # whether calls are sent at the same moment
        self._sound = True
        for wish in FIRST:
            self.run([wish])

    def run(self, wishes: Sequence[Wish]) -> None:
        """Send calls at the same moment and find the model's explanation."""
        step, self._sound = len(self._marks), False
        self.several = len(wishes) > 1
        calls = [self._call(wish, step) for wish in wishes]
        replies = self._driver.send(calls, self._clients)
        self._count(calls, replies)
        observed = list(zip(calls, replies, strict=True))
        if len(calls) == 1:
            expected: Any = found.expected_counts
            told: Any = self._database.counts()
        else:  # several orders may give these answers, and only one of them stands in the ledger
            expected = found.expected_counts_and_ledger
            told = self._database.counts(), self._database.ledger()
        self.stock = explained(self.stock, observed, found=told, expected=expected)
        self._history += [call for call in calls if call.key]
        self._mark()
        self._sound = True
        if step % BOOKS_EVERY == 0:
            self.check_books()

    def let_lapse(self, number: int, *, looked_at: bool) -> None:
        """Let the moment of a lease pass that still holds something, if there is one, and look at what it held."""
        known = {
            name: reservation
            for name, reservation in self.stock.reservations.items()
            if reservation.expires_at is not None and not reservation.lapsed and self.holds(name)
        }
        if not known:
            return
        name = list(known)[-1 - number % len(known)]
        moment = self._marks[-1]
        found.let_pass(self._tenant.id, name, moment)
        fork = self.stock.fork()
        fork.reservations[name] = replace(known[name], lapsed=True, expires_at=text_of(moment))
        for key in known[name].items:
            fork.draft(key).leases[name].lapsed = text_of(moment)
        self.stock = fork
        self._tally.lapses += 1
        if looked_at:
            self.run([Wish("read", ITEMS.index(key)) for key in known[name].items])

    def let_pools_pass(self, number: int) -> None:
        """Let the cut-off of a pool pass, or its end, if there is one with a moment to come."""
        known = [(key, name) for key, item in self.stock.items.items() for name in item.pools]
        if not known:
            return
        key, name = known[-1 - number % len(known)]
        pool = self.stock.items[key].pools[name]
        moment = self._marks[-1]
        fork = self.stock.fork()
        ends = not pool.lends
        if pool.lends:
            pool = replace(pool, lends=False, borrowable_until=text_of(moment))
        elif pool.ends_at is not None and not pool.ended:
            pool = replace(pool, ended=True, ends_at=text_of(moment))
        else:
            return
        found.let_pool_pass(self._tenant.id, name, moment, ends=ends)
        fork.draft(key).pools[name] = pool
        self.stock = fork
        self._tally.lapses += 1

    def sweep(self) -> None:
        """Let the task look that takes back what has lapsed: nothing but versions and events may tell that it did."""
        found.sweep(self._tenant.id)
        self.stock = self.stock.settled(self.stock.unsettled)

    def end(self) -> None:
        """Check the books once more and let go of the database."""
        try:
            self.check_books()
        finally:
            self._database.close()

    def check_books(self) -> None:
        """Compare every line of the ledger and every event with the model, and the books with themselves."""
        if not self._sound:
            return  # the run has failed already, and says how
        booked, expected = self._database.ledger(), found.expected_ledger(self.stock)
        assert not booked - expected, f"the model did not book {booked - expected} but {expected - booked}"
        assert not expected - booked, f"the model booked {expected - booked} as well"
        events = self._database.events()
        assert events == found.expected_events(self.stock)
        self._tally.told |= {kind + ("@" if "@" in about else "") for told in events for kind, about, *_ in told}
        assert self._database.lost_on_the_way() == []
        assert books_of(self._tenant.id) == {}

    def _mark(self) -> None:
        moment = datetime.now(UTC)
        self._moments[text_of(moment)] = len(self._marks)
        self._marks.append(moment)

    def _count(self, calls: Sequence[Call], replies: Sequence[Reply]) -> None:
        if len(calls) > 1:
            self._tally.steps += 1
            self._tally.together += len(calls)
        self._tally.calls.update((call.verb, reply.status) for call, reply in zip(calls, replies, strict=True))

    def _leases(self, key: Key) -> dict[str, Lease]:
        item = self.stock.items.get(key)
        return item.leases if item else {}

    def _call(self, wish: Wish, step: int) -> Call:
        if wish.verb == "again":
            return self._again(wish.members, step)
        key = ITEMS[wish.item]
        call = Call(wish.verb, "read", "GET", _path(key), item=key, by=wish.by, step=step, moments=self._moments)
        if wish.verb == "read":
            return call
        if wish.verb in ASKS:
            return ASKS[wish.verb](self, call, wish)
        call = replace(call, key=self.fresh_key())
        if wish.verb == "batch":
            lines = [self.entry(ITEMS[item], members, verb) for item, verb, members in wish.members["lines"]]
            body = {"mode": wish.members["mode"], "items": lines}
            return replace(call, kind="batch", method="POST", path="/v1/inventory/batch", body=body)
        if wish.verb == "patch":
            call = replace(call, kind="patch", method="PATCH", body=self.concrete(key, wish.members))
        elif wish.route:
            body = self.entry(key, wish.members, wish.verb)
            call = replace(call, kind="movement", method="POST", path="/v1/inventory/transactions", body=body)
        else:
            body = {"type": wish.verb, **self.concrete(key, wish.members)}
            call = replace(call, kind="movement", method="POST", body=body)
        return guarded(call, wish.version, self._version_of(call))

    def holds(self, name: str) -> bool:
        """Tell whether a reservation still holds anything in the books."""
        items = self.stock.reservations[name].items
        return any(self.stock.items[key].leases[name].state == "held" for key in items)

    def _version_of(self, call: Call) -> int:
        """Return the version of the item that a call is about, or 0 where it is not there."""
        assert call.item is not None
        owner = OWNERS.get((call.body or {}).get("warehouseLocation", ""))
        known = self.stock.items.get(call.item._replace(partner=owner or call.item.partner))
        return known.version if known else 0

    def _again(self, again: Again, step: int) -> Call:
        if not self._history:
            return self._call(Wish("read"), step)
        call = self._history[-1 - again.back % len(self._history)]
        if again.twist == "another application":
            return replace(call, verb="again", by=1 - call.by if call.by < 2 else 0, step=step)
        if again.twist == "another body" and call.body is not None:
            other = OTHER.get(call.kind) or {"expiresAt": text_of(self._marks[-1] + timedelta(hours=9))}
            return replace(call, verb="again", body={**call.body, **other}, step=step)
        return replace(call, verb="again", step=step)

    def entry(self, key: Key, members: dict[str, Any], verb: str | None = None) -> dict[str, Any]:
        """Return a line of a list as it is sent."""
        return {**named_as(key), **({"type": verb} if verb else {}), **self.concrete(key, members)}

    def concrete(self, key: Key, members: dict[str, Any]) -> dict[str, Any]:
        """Return members as they are sent: places, reservations and moments by their names."""
        body = {
            name: self._resolved(key, name, value)
            for name, value in members.items()
            if value is not None or name == "reorderThreshold"
        }
        if body.get("toWarehouseLocation") == body.get("warehouseLocation") is not None:
            body["toWarehouseLocation"] = "WS"
        if "quantity" not in body:
            body.pop("unitOfMeasure", None)
        if "expirationDate" in body:
            if body["expirationDate"] == "its own":
                body["expirationDate"] = BATCH_EXPIRY.get(body.get("batchNumber", "PLAIN"))
            if body["expirationDate"] is None or "batchNumber" not in body:
                del body["expirationDate"]
        return body

    def _resolved(self, key: Key, name: str, value: Any) -> Any:
        if isinstance(value, Site):
            return (TO if name == "toWarehouseLocation" else FROM)[key.partner][value.number]
        if isinstance(value, Nth):
            leases = self._leases(key)
            held = [name for name, lease in leases.items() if lease.state == "held"]
            names = held if held and value.number < MOSTLY else list(leases)
            return names[-1 - value.number % len(names)] if names else NOBODY
        if isinstance(value, Mark):
            return self.moment(value)
        if isinstance(value, Later):
            return text_of(self._marks[-1] + timedelta(hours=value.hours))
        return value

    def about(self, call: Call, kind: str, method: str, path: str, **members: Any) -> Call:
        """Return a call that is about no item of its own."""
        return replace(call, kind=kind, method=method, path=path, item=None, **members)

    def moment(self, mark: Mark) -> str:
        """Return a moment between two steps as the API writes it."""
        return text_of(self._marks[max(len(self._marks) - 1 - mark.back, 0)])

    def fresh_key(self) -> str:
        """Return an idempotency key that nobody has used."""
        self._keys += 1
        return f"k{self._keys}"


def guarded(call: Call, version: str, known: int) -> Call:
    """Return a call with a precondition: none, the version that is known, or the one before it."""
    stated = known - version.startswith("stale")
    if version == "none" or not known or stated < 1:
        return call
    if version.endswith("in the body") and call.body is not None:
        return replace(call, body={**call.body, "version": stated})
    return replace(call, if_match=f'"{stated}.00000000"')


def _path(key: Key) -> str:
    return f"/v1/inventory/{key.supplier}/{key.product}" + (f"?retailPartnerId={key.partner}" if key.partner else "")


def named_as(key: Key) -> dict[str, Any]:
    partner = {"retailPartnerId": key.partner} if key.partner else {}
    return {"supplierId": key.supplier, "productId": key.product, **partner}


def text_of(moment: datetime) -> str:
    """Return a moment as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


OTHER: dict[str, dict[str, Any]] = {
    "movement": {"reference": "another"},
    "patch": {"attributes": {"other": "yes"}},
    "batch": {"mode": "partial", "items": [{"supplierId": "S1", "productId": "P1", "type": "sale", "quantity": 1}]},
}


def _clients(tenant: TestTenant) -> list[ApiClient]:
    """Return two applications of the tenant's staff, a retail partner's and the supplier's, with everything in place that stock needs."""
    make_supplier(tenant, "S1")
    for partner, channel in CHANNELS.items():
        make_retail_partner(tenant, partner, channel=channel)
    for product in ("P1", "P2"):
        make_product(tenant, product)
    for unit, factor in UNITS["P1"].items():
        if unit != "EA":
            make_packaging(tenant, "P1", unit, factor.numerator, denominator=factor.denominator)
    for code in ("W1", "W2"):
        make_warehouse(tenant, code)
    make_warehouse(tenant, "WS", owner={"type": "supplier", "id": "S1"})
    for code in ("RW", "RX"):
        make_warehouse(tenant, code, owner={"type": "retailPartner", "id": "R1"})
    for partner, days in MINIMUM_SHELF_LIFE.items():
        make_agreement(tenant, partner, "S1", minimumShelfLifeDays=days)
    policy = {"policy": FIRST_POLICY.policy}
    made = tenant.operator.put("/v1/conflictPolicies/S1", policy, if_none_match="*")
    assert made.status == 201, made.json
    twin = ApiClient(issue_client(tenant_id=tenant.id, name="twin", party=PartyType.TENANT))
    return [tenant.operator, twin, tenant.retailer("R1"), tenant.supplier("S1")]
