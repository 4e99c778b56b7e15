"""What Hypothesis draws: small worlds, so that calls meet; names that the run resolves when the moment has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# Few of each, so that most calls concern the same stock.
BATCHES = ("SOON", "LATE", "GONE", "PLAIN")
_TODAY = datetime.now(UTC).date()
# What lasts as long as a retail partner's agreement asks for, and a batch that does not last so long.
MINIMUM_SHELF_LIFE = {"R1": 365}
FRESH_UNTIL = {partner: (_TODAY + timedelta(days=days)).isoformat() for partner, days in MINIMUM_SHELF_LIFE.items()}
BATCH_EXPIRY = {
    "SOON": (_TODAY + timedelta(days=180)).isoformat(),
    "LATE": "2999-01-01",
    "GONE": "2001-01-01",
    "PLAIN": None,
}
EXPIRIES = ("its own", "its own", "its own", "2997-01-01")
QUANTITIES = st.one_of(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 30))


class Site(NamedTuple):
    """A warehouse, seen from the item: mostly its owner's own."""

    number: int


class Nth(NamedTuple):
    """One of the reservations that the item has seen."""

    number: int


class Mark(NamedTuple):
    """A moment between two steps of the run, counted backwards."""

    back: int


class Later(NamedTuple):
    """A moment some hours from now."""

    hours: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A call as it was drawn, before it is known what exists."""

    verb: str
    item: int = 0
    members: Any = None
    version: str = "none"  # "good" or "stale", in the header or in the body
    by: int = 0
    route: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """A call of before, under its key: as it was, with another body, or by another application."""

    back: int
    twist: str


ITEM = st.sampled_from([0, 0, 0, 0, 1, 2, 2, 3])
BY = st.sampled_from([0, 0, 0, 1])
RECENT = st.integers(0, 5)
VERSIONS = ["none"] * 6 + ["good", "stale", "good in the body", "stale in the body"]


def wished(verb: str, members: SearchStrategy[Any], versions: Sequence[str] = ("none",)) -> SearchStrategy[Wish]:
    """Return the strategy of wishes for a verb."""
    return st.builds(
        Wish,
        verb=st.just(verb),
        item=ITEM,
        members=members,
        version=st.sampled_from(versions),
        by=BY,
        route=st.integers(0, 1),
    )
