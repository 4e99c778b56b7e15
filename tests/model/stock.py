"""What lies where, for whom, at which version: the model's state. It knows no HTTP and no database."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from tests.model.papers import Count, Policy, Pool, Review, Transfer
from tests.model.wishes import FRESH_UNTIL

NEVER = "9999"  # a batch without expiry goes last
# Batches that the model may receive, and when they expire. "Expired" is a fact of the calendar, not of the run's clock.
EXPIRED_BEFORE = "2020"
# Of every retail partner, the channel that it sells through.
CHANNELS = {"R1": "WEB", "R2": "WEB"}


class Key(NamedTuple):
    """An item: whose product it is, and the retail partner who owns the stock, or nobody."""

    supplier: str
    product: str
    partner: str | None = None

    @property
    def subject(self) -> str:
        """The item as events name it."""
        return "/".join(filter(None, self))


class Place(NamedTuple):
    """A level: a warehouse, and a batch or none."""

    warehouse: str
    batch: str | None


@dataclass(slots=True)
class Level:
    """The balances of one place."""

    on_hand: int = 0
    reserved: int = 0
    on_hold: int = 0
    set_at: float | None = None  # as of when somebody last said what lies there
    set_by: str | None = None  # which feed that was, or nobody's

    @property
    def free(self) -> int:
        """What nobody holds and nothing keeps."""
        return self.on_hand - self.reserved - self.on_hold


class Change(NamedTuple):
    """What one booking does to one place."""

    place: Place
    on_hand: int = 0
    reserved: int = 0
    on_hold: int = 0
    displaced: bool = False  # a reservation gave way
    reservation: str = ""  # whose it is


class Booked(NamedTuple):
    """A line of the ledger: a change, the version that it made, its kind, and after which moment of the run it was."""

    version: int
    kind: str
    change: Change
    step: float


@dataclass(slots=True)
class Lease:
    """What a reservation holds of one item, place by place in the order in which it was taken."""

    state: str
    held: dict[Place, int]
    requested: int = 0
    committed: int = 0
    displaced: int = 0
    given_back: int = 0
    pool: str | None = None  # on which it drew when it was made
    lapsed: str = ""  # the moment of its end that has passed; whether anybody took back what it holds is another matter

    @property
    def remaining(self) -> int:
        """What it still holds."""
        return sum(self.held.values())

    @property
    def quantity(self) -> int:
        """What it held at first."""
        return self.remaining + self.given_back + self.committed + self.displaced

    def give_up(self, taken: Iterable[tuple[Place, int]], how: str) -> None:
        """Give up part of what it holds; the last part decides what became of it."""
        for place, quantity in taken:
            self.held[place] -= quantity
            if how == "committed":
                self.committed += quantity
            elif how == "displaced":
                self.displaced += quantity
            else:
                self.given_back += quantity
        if self.remaining == 0:
            self.state = how


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as a whole: its items, when it ends, and what was told of it."""

    items: tuple[Key, ...]
    expires_at: str | None
    taker: str | None = None  # for whom it is
    version: int = 0
    told: tuple[str, ...] = ()  # the kinds of its events
    lapsed: bool = False


@dataclass(slots=True)
class Item:
    """One item, with its whole ledger."""

    key: Key
    version: int = 0
    threshold: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    levels: dict[Place, Level] = field(default_factory=dict)  # in the order in which they came into being
    expiries: dict[str, str | None] = field(default_factory=dict)
    held: frozenset[str | None] = frozenset()  # the batches that nobody may have for the time being
    leases: dict[str, Lease] = field(default_factory=dict)
    ledger: tuple[Booked, ...] = ()
    state: str | None = None  # availability in a word, once something was booked
    thresholds: dict[str, int] = field(default_factory=dict)  # of places that have one of their own
    place_states: dict[str, str] = field(default_factory=dict)
    crossings: tuple[
        tuple[str, str, int], ...
    ] = ()  # the events that told of a change of it, where, and their versions
    marked: tuple[tuple[str, str, int], ...] = ()  # the events that told of a batch held or let go, and their versions
    pools: dict[str, Pool] = field(default_factory=dict)
    arrivals: dict[str, tuple[int, str | None]] = field(default_factory=dict)  # what is expected: how much and when

    def expiry(self, place: Place) -> str:
        """Return when what lies there expires."""
        return (self.expiries.get(place.batch) if place.batch else None) or NEVER

    def expired(self, place: Place) -> bool:
        """True where nobody may have it any more."""
        return self.expiry(place) < EXPIRED_BEFORE

    def offered(self, place: Place) -> bool:
        """True where what lies there may be promised to somebody."""
        return not self.expired(place) and place.batch not in self.held

    def offered_to(self, place: Place, partner: str | None) -> bool:
        """True where it may be promised to a retail partner: what lasts as long as was agreed."""
        return self.offered(place) and self.expiry(place) >= FRESH_UNTIL.get(partner or "", "")

    def open_levels(self, warehouse: str | None, batch: str | None) -> list[Place]:
        """Return the levels that a warehouse and a batch leave open, first expired first; of equals the older level."""
        found = [
            place for place in self.levels if warehouse in (None, place.warehouse) and batch in (None, place.batch)
        ]
        return sorted(found, key=self.expiry)

    @property
    def available(self) -> int:
        """What may be promised."""
        return sum(level.free for place, level in self.levels.items() if self.offered(place))

    @property
    def totals(self) -> tuple[int, int, int]:
        """On hand, reserved, on hold."""
        levels = self.levels.values()
        on_hand, reserved = sum(level.on_hand for level in levels), sum(level.reserved for level in levels)
        return on_hand, reserved, sum(level.on_hold for level in levels)

    def held_of(self, pool: str) -> int:
        """What reservations hold of a pool."""
        live = (lease for lease in self.leases.values() if lease.state == "held" and not lease.lapsed)
        return sum(lease.remaining for lease in live if lease.pool == pool)

    def open_of(self, pool: str) -> int:
        """What of a pool is neither sold nor held."""
        known = self.pools[pool]
        return max(0, known.quantity - known.sold - self.held_of(pool))

    def pool_of(self, partner: str | None) -> str | None:
        """The pool that a retail partner draws on: its own, else its channel's."""
        if partner is None:
            return None
        live = {name: pool for name, pool in self.pools.items() if not pool.ended}
        own = [name for name, pool in live.items() if pool.partner == partner]
        return next(iter(own + [name for name, pool in live.items() if pool.channel == CHANNELS[partner]]), None)

    def kept_from(self, partner: str | None) -> int:
        """What the pools of others keep from somebody: what is open of those that do not lend."""
        mine = self.pool_of(partner)
        others = [name for name, pool in self.pools.items() if name != mine and not pool.ended and not pool.lends]
        return sum(self.open_of(name) for name in others)

    def sell(self, pool: str | None, quantity: int) -> None:
        """Count what left the house against a pool; what comes back may have left before there was one."""
        if pool in self.pools:
            known = self.pools[pool]
            self.pools[pool] = replace(known, sold=max(0, known.sold + quantity))

    def expect(self, source: str, quantity: int, expected_at: str | None) -> None:
        """Expect more from a source, or less; nothing left, nothing expected."""
        known, moment = self.arrivals.pop(source, (0, None))
        if known + quantity:
            self.arrivals[source] = (known + quantity, expected_at if quantity > 0 else moment)

    def moved_since(self, place: Place, moment: float) -> int:
        """Return what came and went after a moment; what counts found did neither."""
        later = (b for b in self.ledger if b.change.place == place and b.step > moment and b.kind != "count")
        return sum(booked.change.on_hand for booked in later)

    def book(self, kind: str, changes: Iterable[Change], step: float) -> None:
        """Apply changes as one new version."""
        self.book_as([("release" if change.displaced else kind, change) for change in changes], step)

    def book_as(self, lines: Iterable[tuple[str, Change]], step: float) -> None:
        """Apply changes, each under its own kind, as one new version."""
        self.version += 1
        for kind, change in lines:
            level = self.levels.setdefault(change.place, Level())
            level.on_hand += change.on_hand
            level.reserved += change.reserved
            level.on_hold += change.on_hold
            assert 0 <= level.reserved <= level.on_hand - level.on_hold, f"the model is wrong: {change}"
            assert level.on_hold >= 0, f"the model is wrong: {change}"
            self.ledger += (Booked(self.version, kind, change, step),)
        self._cross()

    def _cross(self) -> None:
        before, self.state = self.state, self.status
        if before is None and self.state == "outOfStock":
            self.state = None  # what never was there has no state, and its first stock is not back
        else:
            self._tell(before, self.state, "")
        known, self.place_states = self.place_states, {}
        for warehouse, threshold in self.thresholds.items():
            lies = self.available_in(warehouse)
            # A threshold that is new is crossed by what lies there already.
            before = known.get(warehouse) or word(lies, None)
            self.place_states[warehouse] = word(lies, threshold)
            self._tell(before, self.place_states[warehouse], f"@{warehouse}")

    def _tell(self, before: str | None, after: str, place: str) -> None:
        kind = {"outOfStock": "out_of_stock", "lowStock": "low_stock"}.get(after)
        if before == "outOfStock":
            kind = "back_in_stock"
        if kind and before not in (None, after):
            self.crossings += ((f"inventory.{kind}", place, self.version),)

    def available_in(self, warehouse: str) -> int:
        """What may be promised of one warehouse."""
        here = (
            level.free for place, level in self.levels.items() if place.warehouse == warehouse and self.offered(place)
        )
        return sum(here)

    @property
    def status(self) -> str:
        """Availability in a word."""
        return word(self.available, self.threshold)

    def settle(self) -> list[str]:
        """Take back what lapsed leases hold, a version each; return whose."""
        due = {name: lease.lapsed for name, lease in self.leases.items() if lease.lapsed and lease.state == "held"}
        names = sorted(due, key=lambda name: (due[name], name))
        for name in names:
            lease = self.leases[name]
            taken = [(place, held) for place, held in lease.held.items() if held]
            lease.give_up(taken, "expired")
            self.book("release", [Change(place, reserved=-held, reservation=name) for place, held in taken], 0)
        return names

    def as_read(self) -> "Item":
        """Return the item as a reader sees it: what has lapsed holds nothing, though nobody has taken it back."""
        if not self.unsettled:
            return self
        shown = deepcopy_item(self)
        shown.settle()
        shown.version = self.version
        return shown

    @property
    def unsettled(self) -> bool:
        """True while a lapsed lease still holds something."""
        return any(bool(lease.lapsed) and lease.state == "held" for lease in self.leases.values())


def word(available: int, threshold: int | None) -> str:
    """Return availability in a word."""
    if available <= 0:
        return "outOfStock"
    return "lowStock" if threshold is not None and available <= threshold else "inStock"


class Told(NamedTuple):
    """The part of an answer that its replays repeat to the byte."""

    status: int
    content: bytes
    etag: str | None
    location: str | None


Request: TypeAlias = tuple[str, str, str | None, str | None]  # method, path, body, precondition


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything the model knows. Forks share what they do not change, so that a search may try many."""

    items: dict[Key, Item] = field(default_factory=dict)
    keys: dict[tuple[int, str], tuple[Request, Told]] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy("lastWriteWins"))  # of the only supplier
    touched: frozenset[tuple[str, str]] = frozenset()  # what the call under way did to reservations

    def fork(self) -> "Stock":
        """Return a copy to be changed through `draft`."""
        return replace(self, items=dict(self.items), reservations=dict(self.reservations))

    def with_transfer(self, name: str, transfer: Transfer) -> "Stock":
        """Return this stock with a transfer as it is now."""
        return replace(self, transfers={**self.transfers, name: transfer})

    def with_count(self, name: str, count: Count) -> "Stock":
        """Return this stock with a count as it is now."""
        return replace(self, counts={**self.counts, name: count})

    def with_review(self, name: str, review: Review) -> "Stock":
        """Return this stock with a stated value as it is now."""
        return replace(self, reviews={**self.reviews, name: review})

    def touch(self, *what: tuple[str, str]) -> "Stock":
        """Return this stock with what a call did to reservations noted, to be published at its end."""
        return replace(self, touched=self.touched | frozenset(what))

    def published(self) -> "Stock":
        """Return this stock after the call: every touched reservation a version on, with an event a kind."""
        fork = replace(self.fork(), touched=frozenset())
        for name, kind in sorted(self.touched):
            known = fork.reservations[name]
            told = known.told if kind == "extended" else (*known.told, f"reservation.{kind}")
            fork.reservations[name] = replace(known, version=known.version + 1, told=told)
        return fork

    def draft(self, key: Key) -> Item:
        """Return an item to be changed, a new one where there was none."""
        known = self.items.get(key)
        draft = deepcopy_item(known) if known else Item(key)
        self.items[key] = draft
        return draft

    def remember(self, owner: tuple[int, str], request: Request, told: Told) -> "Stock":
        """Return this stock with a key that is now taken."""
        return replace(self, keys={**self.keys, owner: (request, told)})

    def settled(self, keys: Iterable[Key]) -> "Stock":
        """Return this stock with what lapsed on these items taken back."""
        fork = self.fork()
        names = [name for key in keys for name in fork.draft(key).settle()]
        return fork.touch(*((name, "expired") for name in names)).published()

    @property
    def unsettled(self) -> list[Key]:
        """The items on which lapsed leases still hold something in the books."""
        return [key for key, item in self.items.items() if item.unsettled]


def deepcopy_item(item: Item) -> Item:
    """Return an item that shares nothing that changes; the ledger only ever grows at its end and is shared."""
    return replace(
        item,
        attributes=dict(item.attributes),
        levels={place: replace(level) for place, level in item.levels.items()},
        expiries=dict(item.expiries),
        arrivals=dict(item.arrivals),
        thresholds=dict(item.thresholds),
        pools=dict(item.pools),
        leases={name: replace(lease, held=dict(lease.held)) for name, lease in item.leases.items()},
    )


class Refused(Exception):
    """The model refuses: a status, a code, and the facts that help."""

    def __init__(self, status: int, code: str, **facts: Any) -> None:
        super().__init__(status, code, facts)
        self.status, self.code, self.facts = status, code, facts
