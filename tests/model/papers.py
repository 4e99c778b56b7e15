"""What is written down about stock: transfers, counts, pools. They never change, but are replaced."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a line of a transfer sent of one batch, and what became of it."""

    batch: str | None
    expiry: str | None  # as it left
    shipped: int = 0
    received: int = 0
    damaged: int = 0
    over: int = 0
    short: int = 0
    returned: int = 0

    @property
    def under_way(self) -> int:
        """What is neither here nor there."""
        return self.shipped + self.over - self.received - self.damaged - self.short - self.returned


@dataclass(frozen=True, slots=True)
class Load:
    """A line of a transfer: what is planned of a product, and what was sent of it, first expired first."""

    supplier: str
    product: str
    batch: str | None
    planned: int
    parcels: tuple[Parcel, ...] = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """Stock that leaves, is under way, and arrives."""

    source: str
    target: str
    loads: tuple[Load, ...]
    expected_at: str | None
    reference: str | None
    status: str = "planned"
    version: int = 1
    told: tuple[tuple[str, int], ...] = ()  # the kinds of its events, and their versions

    @property
    def under_way(self) -> int:
        """What is neither here nor there."""
        return sum(parcel.under_way for load in self.loads for parcel in load.parcels)


class Counted(NamedTuple):
    """What somebody counted of a place, and when; once it is approved, what the books said to it."""

    quantity: int
    counted_at: str | None
    moment: float
    booked: tuple[int, int, bool, int] | None = None  # expected then, moved since, superseded, displaced


@dataclass(frozen=True, slots=True)
class Count:
    """A count of a warehouse, with a line for each place in the order in which they were first counted."""

    warehouse: str
    lines: dict[tuple[Any, str | None], Counted] = field(default_factory=dict)  # never changed, but replaced
    status: str = "open"
    version: int = 1
    uncounted: list[Any] | None = None  # what nobody had counted when it was approved


@dataclass(frozen=True, slots=True)
class Pool:
    """A share of a house item that is guaranteed to a retail partner, or to all of a channel."""

    partner: str | None
    channel: str | None
    quantity: int
    borrowable_until: str | None
    ends_at: str | None
    sold: int = 0
    version: int = 1
    lends: bool = False  # until its cut-off: then the rest is kept
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Which feed is believed, where several state what lies at a place."""

    policy: str
    priorities: tuple[str, ...] = ()
    version: int = 1

    def rank(self, source: str) -> int:
        """Return how far from the most trusted a source is; those that are not named are all alike."""
        return self.priorities.index(source) if source in self.priorities else len(self.priorities)


@dataclass(frozen=True, slots=True)
class Review:
    """A value that a feed stated and that was not booked."""

    about: Any  # the item
    warehouse: str
    batch: str | None
    source: str
    stated: int
    on_hand: int
    difference: int
    reason: str
    stated_at: str | None
    moment: float
    moved: int = 0  # of what was booked at the same moment, what may have happened after it was stated
    status: str = "overruled"
    version: int = 1

    @property
    def place(self) -> tuple[Any, ...]:
        """Which feed it is, and what it is about."""
        return self.about, self.warehouse, self.batch, self.source
