"""Counts by minute of what only ever grows: a minute that is over is counted once in a process."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Minutes that are counted anew each time: what a transaction wrote in them may not have been committed yet.
_OPEN_MINUTES = 3
_MAX_TENANTS = 200

Counted = Iterable[tuple[int, str, int]]


@dataclass(slots=True)
class _Counts:
    """What is known of one tenant: counts by minute (since 1970) and label, complete from one minute to another."""

    complete_from: int
    closed_until: int
    minutes: dict[int, dict[str, int]] = field(default_factory=dict)


class MinuteTallies:
    """Keeps the closed minutes of a window for the tenants that were asked for last.

    `count(tenant_id, since, limit)` counts by (minute, label) from a moment on, the newest `limit` rows at most: so
    however much a tenant has, no reading scans more.
    """

    def __init__(self, count: Callable[[int, datetime, int], Counted], *, limit: int) -> None:
        self._count = count
        self._limit = limit
        self._lock = threading.Lock()
        self._tenants: OrderedDict[int, _Counts] = OrderedDict()

    def read(self, tenant_id: int, since: datetime, now: datetime) -> tuple[Mapping[int, Mapping[str, int]], datetime]:
        """Return the counts by minute, and the moment from which they are complete: `since`, if all was counted."""
        first, running = _minute(since), _minute(now)
        with self._lock:
            known = self._tenants.get(tenant_id) or _Counts(first, first)
            start = max(first, known.closed_until)
        minutes: dict[int, dict[str, int]] = defaultdict(dict)
        total = 0
        for minute, name, number in self._count(tenant_id, _moment(start), self._limit):
            minutes[minute][name] = number
            total += number
        complete_from = max(first, known.complete_from)
        if total >= self._limit:
            complete_from = max(complete_from, min(minutes) + 1)
        merged = {minute: names for minute, names in known.minutes.items() if first <= minute < start} | minutes
        closed_until = max(start, running - _OPEN_MINUTES)
        closed = {minute: names for minute, names in merged.items() if minute < closed_until}
        with self._lock:
            self._tenants[tenant_id] = _Counts(complete_from, closed_until, closed)
            self._tenants.move_to_end(tenant_id)
            if len(self._tenants) > _MAX_TENANTS:
                self._tenants.popitem(last=False)
        return merged, _moment(complete_from)


def by_hour(minutes: Mapping[int, Mapping[str, int]]) -> dict[tuple[datetime, str], int]:
    """Return counts by hour and label."""
    hours: dict[tuple[datetime, str], int] = defaultdict(int)
    for minute, names in minutes.items():
        for name, number in names.items():
            hours[_moment(minute - minute % 60), name] += number
    return hours


def since_minute(minutes: Mapping[int, Mapping[str, int]], moment: datetime) -> int:
    """Return how much was counted from a moment on."""
    first = _minute(moment)
    return sum(sum(names.values()) for minute, names in minutes.items() if minute >= first)


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
