"""Counts in any order of arrival: on hand is what was counted last, with what moved since."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stock import Given

_START = datetime.now(UTC) - timedelta(hours=2)
_OPENING = 1000
_numbers = count()


@dataclass(frozen=True, slots=True)
class Event:
    """A movement (a signed change), or a count (what lies there), at a minute."""

    minute: int
    change: int | None = None
    counted: int | None = None

    @property
    def at(self) -> str:
        """When it happened."""
        return (_START + timedelta(minutes=self.minute)).isoformat()


@st.composite
def _arrivals(draw: st.DrawFn) -> list[Event]:
    """Return movements in their order and counts that come late, each after what had moved when somebody counted."""
    minutes = st.integers(0, 60)
    changes = st.integers(-9, 9).filter(bool)
    moved = sorted(
        draw(st.lists(st.builds(Event, minutes, changes), min_size=1, max_size=6)), key=lambda event: event.minute
    )
    counts = draw(st.lists(st.builds(Event, minutes, st.none(), st.integers(500, 1500)), min_size=1, max_size=4))
    placed: list[tuple[int, int, Event]] = [(place, 0, event) for place, event in enumerate(moved)]
    for number, event in enumerate(counts, start=1):
        earliest = sum(each.minute <= event.minute for each in moved)
        placed.append((draw(st.integers(earliest, len(moved))) - 1, number, event))
    return [event for _, _, event in sorted(placed, key=lambda each: each[:2])]


def _expected(arrivals: list[Event]) -> int:
    """Return what must lie there: of two countings at one minute the one that was told last is believed."""
    counts = [event for event in arrivals if event.counted is not None]
    last = max(enumerate(counts), key=lambda each: (each[1].minute, each[0]))[1]
    assert last.counted is not None
    return last.counted + sum(event.change or 0 for event in arrivals if event.minute > last.minute)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals=_arrivals())
def test_in_whatever_order_counts_arrive_the_last_counting_is_believed(given: Given, arrivals: list[Event]) -> None:
    item = given.item(product=f"P{next(_numbers)}")
    place = {"warehouseLocation": "W1"}
    opened = (_START - timedelta(minutes=1)).isoformat()
    item.posted("receipt", _OPENING, occurredAt=opened, **place)
    for event in arrivals:
        if event.counted is not None:
            item.posted("count", event.counted, countedAt=event.at, **place)
        else:
            item.posted("adjustment", event.change, occurredAt=event.at, reason="moved", **place)
    assert item.balances[0] == _expected(arrivals)
