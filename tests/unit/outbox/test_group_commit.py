"""Group commit: who shares a transaction, who waits, and what one line's fault means to its neighbours."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
import pytest

from apps.core.errors import Unavailable
from apps.outbox.group_commit import GroupCommit


@dataclass(frozen=True)
class Line:
    name: str
    item: tuple[str, ...] = ("item",)
    key: tuple[int, str] | None = None


class Poster:
    """A transaction that waits until it is let go, so that a test decides what queues meanwhile."""

    def __init__(self, fault: Callable[[Sequence[Line]], Exception | None] = lambda _lines: None) -> None:
        self.batches: list[tuple[int, list[str]]] = []
        self.waits: list[int] = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self._fault = fault

    def __call__(self, tenant_id: int, lines: Sequence[Line], lock_milliseconds: int) -> list[str]:
        self.waits.append(lock_milliseconds)
        self.batches.append((tenant_id, [line.name for line in lines]))
        self.entered.release()
        assert self.go.acquire(timeout=10)
        fault = self._fault(lines)
        if fault is not None:
            raise fault
        return [f"posted {line.name}" for line in lines]


def _run(commit: GroupCommit[Line, str], pool: ThreadPoolExecutor, tenant: int, line: Line) -> "Future[str]":
    return pool.submit(commit.submit, tenant, line)


def _queued(commit: GroupCommit[Line, str], count: int) -> None:
    """Wait until so many lines wait for their turn."""
    deadline = threading.Event()
    for _ in range(1000):
        if sum(len(queue) for queue in commit._queues.values()) == count:
            return
        deadline.wait(0.005)
    raise AssertionError("the lines never queued")


def _commit(poster: Poster, **options: float) -> GroupCommit[Line, str]:
    return GroupCommit(poster, leaders=1, **options)  # type: ignore[arg-type]


def test_a_lone_line_is_posted_at_once_by_its_own_thread() -> None:
    poster = Poster()
    poster.go.release()

    assert _commit(poster).submit(1, Line("a")) == "posted a"
    assert poster.batches == [(1, ["a"])]


def test_what_queues_while_a_batch_is_in_flight_is_the_next_batch() -> None:
    poster = Poster()
    commit = _commit(poster)
    with ThreadPoolExecutor(8) as pool:
        first = _run(commit, pool, 1, Line("first"))
        poster.entered.acquire()
        others = [_run(commit, pool, 1, Line(f"{n}")) for n in range(5)]
        _queued(commit, 5)
        poster.go.release(2)

        assert first.result(10) == "posted first"
        assert sorted(other.result(10) for other in others) == [f"posted {n}" for n in range(5)]
    assert [len(names) for _, names in poster.batches] == [1, 5]


def test_a_batch_holds_one_tenant_and_tenants_take_turns() -> None:
    poster = Poster()
    commit = _commit(poster, max_batch=2)
    with ThreadPoolExecutor(16) as pool:
        running = [_run(commit, pool, 1, Line("first"))]
        poster.entered.acquire()
        for n in range(4):
            running.append(_run(commit, pool, 1, Line(f"one {n}")))
            _queued(commit, n + 1)
        running.append(_run(commit, pool, 2, Line("two")))
        _queued(commit, 5)
        poster.go.release(10)
        for each in running:
            each.result(10)

    assert [tenant for tenant, _ in poster.batches] == [1, 1, 2, 1]
    assert [len(names) for _, names in poster.batches] == [1, 2, 1, 2]


def test_twins_of_one_key_are_never_in_one_batch() -> None:
    poster = Poster()
    commit = _commit(poster)
    with ThreadPoolExecutor(8) as pool:
        running = [_run(commit, pool, 1, Line("first"))]
        poster.entered.acquire()
        for n in range(3):
            running.append(_run(commit, pool, 1, Line(f"twin {n}", key=(7, "k"))))
            _queued(commit, n + 1)
        running.append(_run(commit, pool, 1, Line("another client's", key=(8, "k"))))
        _queued(commit, 4)
        poster.go.release(10)
        for each in running:
            each.result(10)

    assert [sorted(names) for _, names in poster.batches] == [
        ["first"],
        ["another client's", "twin 0"],
        ["twin 1"],
        ["twin 2"],
    ]


def test_a_poisoned_line_fails_alone() -> None:
    def fault(lines: Sequence[Line]) -> Exception | None:
        return psycopg.errors.CheckViolation("poison") if any(line.name == "poison" for line in lines) else None

    poster = Poster(fault)
    commit = _commit(poster)
    with ThreadPoolExecutor(8) as pool:
        first = _run(commit, pool, 1, Line("first"))
        poster.entered.acquire()
        good = [_run(commit, pool, 1, Line(name, item=(name,))) for name in ("a", "b")]
        bad = _run(commit, pool, 1, Line("poison", item=("a",)))
        _queued(commit, 3)
        poster.go.release(20)

        assert [each.result(10) for each in (first, *good)] == ["posted first", "posted a", "posted b"]
        with pytest.raises(psycopg.errors.CheckViolation):
            bad.result(10)


def test_a_locked_item_does_not_hold_up_its_neighbours_and_is_tried_until_its_deadline() -> None:
    def fault(lines: Sequence[Line]) -> Exception | None:
        return psycopg.errors.LockNotAvailable("locked") if any(line.item == ("locked",) for line in lines) else None

    poster = Poster(fault)
    commit = _commit(poster, patience_seconds=0.5)
    poster.go.release(100_000)
    with ThreadPoolExecutor(8) as pool:
        locked = _run(commit, pool, 1, Line("locked", item=("locked",)))
        free = [_run(commit, pool, 1, Line(f"free {n}", item=(f"{n}",))) for n in range(4)]

        assert [each.result(10) for each in free] == [f"posted free {n}" for n in range(4)]
        with pytest.raises(psycopg.errors.LockNotAvailable):
            locked.result(10)
    assert sum("locked" in names for _, names in poster.batches) > 1


def test_many_locked_items_cost_whoever_queues_behind_them_little() -> None:
    """Items of a batch that gave up were waited for one after another, as long as the batch: everybody was late."""
    locked = [Line(f"locked {n}", item=(f"{n}",)) for n in range(30)]

    def fault(lines: Sequence[Line]) -> Exception | None:
        return psycopg.errors.LockNotAvailable("locked") if any(line in locked for line in lines) else None

    poster = Poster(fault)
    commit = _commit(poster, patience_seconds=0.5)
    with ThreadPoolExecutor(32) as pool:
        first = _run(commit, pool, 1, Line("first"))
        poster.entered.acquire()
        busy = []
        for number, line in enumerate(locked, start=1):
            busy.append(_run(commit, pool, 1, line))
            _queued(commit, number)
        free = _run(commit, pool, 1, Line("free", item=("free",)))
        _queued(commit, 31)
        poster.go.release(100_000)

        assert [each.result(10) for each in (first, free)] == ["posted first", "posted free"]
        for each in busy:
            with pytest.raises(psycopg.errors.LockNotAvailable):
                each.result(10)
    posted = next(number for number, (_, names) in enumerate(poster.batches) if names == ["free"])
    assert poster.batches[1] == (1, [*(line.name for line in locked), "free"])
    assert sum(poster.waits[1:posted]) <= 500


def test_a_broken_connection_is_nobodys_to_repeat() -> None:
    poster = Poster(lambda _lines: psycopg.OperationalError("gone"))
    commit = _commit(poster)
    with ThreadPoolExecutor(8) as pool:
        running = [_run(commit, pool, 1, Line("first"))]
        poster.entered.acquire()
        running += [_run(commit, pool, 1, Line(f"{n}")) for n in range(3)]
        _queued(commit, 3)
        poster.go.release(2)
        for each in running:
            with pytest.raises(psycopg.OperationalError):
                each.result(10)

    assert [len(names) for _, names in poster.batches] == [1, 3]


def test_a_line_whose_turn_does_not_come_is_refused_and_forgotten() -> None:
    poster = Poster()
    commit = _commit(poster, patience_seconds=0.1)
    with ThreadPoolExecutor(2) as pool:
        first = _run(commit, pool, 1, Line("first"))
        poster.entered.acquire()
        late = _run(commit, pool, 1, Line("late"))
        with pytest.raises(Unavailable):
            late.result(10)
        poster.go.release()

        assert first.result(10) == "posted first"
    assert poster.batches == [(1, ["first"])]
    assert not commit._queues
    assert commit._leaders == 0


def test_many_threads_and_no_line_is_lost() -> None:
    poster = Poster()
    poster.go.release(100_000)
    commit: GroupCommit[Line, str] = GroupCommit(poster, leaders=2, max_batch=16)
    with ThreadPoolExecutor(32) as pool:
        running = [_run(commit, pool, n % 3, Line(f"{n}", item=(f"{n % 7}",))) for n in range(2000)]

        assert [each.result(30) for each in running] == [f"posted {n}" for n in range(2000)]
    assert sum(len(names) for _, names in poster.batches) == 2000
    assert not commit._queues
    assert commit._leaders == 0
