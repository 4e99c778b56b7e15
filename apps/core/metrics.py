"""Everything that a process measures, in one place: names and units as Prometheus wants them.

No label holds a tenant, a party, a path or anything else that a caller chooses: the number of series is bounded by the
code. Children of a label are looked up once and kept, because the hot path pays for every call.

Workers of one API server share their values through files (PROMETHEUS_MULTIPROC_DIR, set by `config.metrics` before
this module is imported); every other process is alone and keeps them in memory.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

_requests = Counter("stockwire_requests", "Answered HTTP requests.", ["method", "route", "status"], registry=REGISTRY)
_durations = Histogram(
    "stockwire_request_duration_seconds",
    "Time from a request's first middleware to its answer.",
    ["route"],
    buckets=_FAST,
    registry=REGISTRY,
)
_movements = Counter(
    "stockwire_movements", "Movements that were committed; replays are not counted.", ["type"], registry=REGISTRY
)
_refusals = Counter("stockwire_refusals", "Refusals that were answered, by problem code.", ["code"], registry=REGISTRY)
group_lines = Histogram(
    "stockwire_group_commit_lines",
    "Movements that shared one transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
    registry=REGISTRY,
)
kernel_seconds = Histogram(
    "stockwire_kernel_call_duration_seconds",
    "Time of one call of the stock kernel, commit and round trip included.",
    buckets=_FAST,
    registry=REGISTRY,
)
pool_connections = Gauge(
    "stockwire_database_pool_connections",
    "Open direct connections to the database.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
pool_idle = Gauge(
    "stockwire_database_pool_idle_connections",
    "Open direct connections that nobody uses.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
pool_waiting = Gauge(
    "stockwire_database_pool_waiting_requests",
    "Requests that wait for a direct connection.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
events_relayed = Counter(
    "stockwire_events_relayed", "Events that this process gave their place in the log.", registry=REGISTRY
)
_attempts = Counter("stockwire_webhook_attempts", "What became of claimed deliveries.", ["outcome"], registry=REGISTRY)
webhooks_in_flight = Gauge(
    "stockwire_webhooks_in_flight",
    "Deliveries that this process has claimed and not reported yet.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
commit_to_send = Histogram(
    "stockwire_webhook_commit_to_send_seconds",
    "Time from an event to the start of its first attempt.",
    buckets=_SLOW,
    registry=REGISTRY,
)
stream_clients = Gauge(
    "stockwire_stream_clients", "Clients of the live stream.", registry=REGISTRY, multiprocess_mode="livesum"
)
stream_events = Counter("stockwire_stream_events", "Events that were sent to clients of the stream.", registry=REGISTRY)
stream_slow_clients = Counter(
    "stockwire_stream_slow_clients", "Clients that were cut off because they did not take in time.", registry=REGISTRY
)

# Kept here, because `labels` costs more than the increment. Two threads may make the same child: it is the same child.
_request_children: dict[tuple[str, str, int], Counter] = {}
_duration_children: dict[str, Histogram] = {}


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request. `route` is the template, never the path."""
    key = (method, route, status)
    counter = _request_children.get(key)
    if counter is None:
        name = method if method in _METHODS else "other"
        counter = _requests.labels(name, route, str(status))
        if name == method:
            _request_children[key] = counter
    counter.inc()
    duration = _duration_children.get(route)
    if duration is None:
        duration = _duration_children[route] = _durations.labels(route)
    duration.observe(seconds)


@cache
def movements_of(kind: str) -> Counter:
    """Return the counter of committed movements of one kind."""
    return _movements.labels(kind)


@cache
def refusals_of(code: str) -> Counter:
    """Return the counter of refusals with one problem code."""
    return _refusals.labels(code)


@cache
def attempts_of(outcome: str) -> Counter:
    """Return the counter of delivery attempts with one outcome."""
    return _attempts.labels(outcome)


# There from the start, so that an alert sees their first rise: a series that begins at 1 has no rate.
refusals_of("internal")
attempts_of("succeeded")
attempts_of("failed")


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observe how long the block took, also where it raises."""
    started = perf_counter()
    try:
        yield
    finally:
        histogram.observe(perf_counter() - started)


def exposition() -> bytes:
    """Return the values in Prometheus' text format: of all workers where they share them, else of this process."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not directory:
        return generate_latest(REGISTRY)
    _forget_gauges_of_the_dead(Path(directory))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _forget_gauges_of_the_dead(directory: Path) -> None:
    """Drop what a worker that was killed had open; what it counted stays counted."""
    for file in directory.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not _lives(pid):
            mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
