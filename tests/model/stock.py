"""What lies where, for whom, at which version: the model's state. It knows no HTTP and no database."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

NEVER = "9999"  # a batch without expiry goes last
# Batches that the model may receive, and when they expire. "Expired" is a fact of the calendar, not of the run's clock.
EXPIRED_BEFORE = "2020"


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


class Booked(NamedTuple):
    """A line of the ledger: a change, the version that it made, its kind, and the step of the run that it belongs to."""

    version: int
    kind: str
    change: Change
    step: int


@dataclass(slots=True)
class Lease:
    """What a reservation holds, place by place in the order in which it was taken."""

    state: str
    held: dict[Place, int]
    ends: bool = False  # it has a moment at which it ends
    lapsed: bool = False  # its moment has passed; whether anybody took back what it holds is another matter

    @property
    def remaining(self) -> int:
        """What it still holds."""
        return sum(self.held.values())


@dataclass(slots=True)
class Item:
    """One item, with its whole ledger."""

    key: Key
    version: int = 0
    threshold: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    levels: dict[Place, Level] = field(default_factory=dict)  # in the order in which they came into being
    expiries: dict[str, str | None] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    ledger: tuple[Booked, ...] = ()

    def expiry(self, place: Place) -> str:
        """Return when what lies there expires."""
        return (self.expiries.get(place.batch) if place.batch else None) or NEVER

    def expired(self, place: Place) -> bool:
        """True where nobody may have it any more."""
        return self.expiry(place) < EXPIRED_BEFORE

    def open_levels(self, warehouse: str | None, batch: str | None) -> list[Place]:
        """Return the levels that a warehouse and a batch leave open, first expired first; of equals the older level."""
        found = [
            place for place in self.levels if warehouse in (None, place.warehouse) and batch in (None, place.batch)
        ]
        return sorted(found, key=self.expiry)

    @property
    def available(self) -> int:
        """What may be promised."""
        return sum(level.free for place, level in self.levels.items() if not self.expired(place))

    @property
    def totals(self) -> tuple[int, int, int]:
        """On hand, reserved, on hold."""
        levels = self.levels.values()
        on_hand, reserved = sum(level.on_hand for level in levels), sum(level.reserved for level in levels)
        return on_hand, reserved, sum(level.on_hold for level in levels)

    def book(self, kind: str, changes: Iterable[Change], step: int) -> None:
        """Apply changes as one new version."""
        self.version += 1
        for change in changes:
            level = self.levels.setdefault(change.place, Level())
            level.on_hand += change.on_hand
            level.reserved += change.reserved
            level.on_hold += change.on_hold
            assert 0 <= level.reserved <= level.on_hand - level.on_hold, f"the model is wrong: {change}"
            assert level.on_hold >= 0, f"the model is wrong: {change}"
            self.ledger += (Booked(self.version, kind, change, step),)

    def settle(self) -> None:
        """Take back what lapsed leases hold, a version each."""
        for lease in self.leases.values():
            if lease.lapsed and lease.state == "held":
                self.book("release", [Change(place, reserved=-held) for place, held in lease.held.items() if held], 0)
                lease.state = "expired"
                lease.held = dict.fromkeys(lease.held, 0)

    @property
    def unsettled(self) -> bool:
        """True while a lapsed lease still holds something."""
        return any(lease.lapsed and lease.state == "held" for lease in self.leases.values())


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

    def fork(self) -> "Stock":
        """Return a copy to be changed through `draft`."""
        return replace(self, items=dict(self.items))

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
        due = [key for key in keys if key in self.items and self.items[key].unsettled]
        if not due:
            return self
        fork = self.fork()
        for key in due:
            fork.draft(key).settle()
        return fork


def deepcopy_item(item: Item) -> Item:
    """Return an item that shares nothing that changes; the ledger only ever grows at its end and is shared."""
    return replace(
        item,
        attributes=dict(item.attributes),
        levels={place: replace(level) for place, level in item.levels.items()},
        expiries=dict(item.expiries),
        leases={name: replace(lease, held=dict(lease.held)) for name, lease in item.leases.items()},
    )


class Refused(Exception):
    """The model refuses: a status, a code, and the facts that help."""

    def __init__(self, status: int, code: str, *, or_else: "Refused | None" = None, **facts: Any) -> None:
        super().__init__(status, code, facts)
        self.status, self.code, self.facts, self.or_else = status, code, facts, or_else
