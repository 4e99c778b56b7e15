"""Group commit: what queues while a batch is in flight forms the next.

A request thread that finds no batch in flight posts its line at once, alone: nothing is added while idle. Otherwise
it queues, and when the batch is back the first in the queue leads the next one, for everybody who waits. There is no
timer and no thread of its own, so nothing is left to drain when a process ends: whoever waits is answered.

Each line keeps its own key, refusal and answer, and nobody hears of success before the commit. A batch holds one
tenant's lines; tenants take turns. A line whose item is locked elsewhere does not hold up its neighbours: the batch
gives up after a moment, is posted item by item with hardly a wait for each, and what is still locked goes back into
the queue until its deadline.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

import psycopg

from apps.core.errors import Unavailable


class GroupLine(Protocol):
    """A line that may share a transaction."""

    @property
    def item(self) -> tuple[str, ...]:
        """What it locks."""

    @property
    def key(self) -> tuple[int, str] | None:
        """The application and idempotency key; a key stands in a batch once."""


# Milliseconds to wait for a lock: a whole batch, and each item of a batch that gave up. The second is short, because
# many items may be locked at once, by one long list, and whoever queues behind the batch waits for all of them.
_BATCH_WAITS, _ITEM_WAITS = 200, 10

L = TypeVar("L", bound=GroupLine)
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[L, R]):
    tenant_id: int
    line: L
    deadline: float
    # Says that a flag below has changed. A queue, because it is made and waited for in C, unlike threading.Event.
    turn: "SimpleQueue[None]" = field(default_factory=SimpleQueue)
    leads: bool = False
    result: R | None = None
    error: BaseException | None = None
    answered: bool = False
    busy: psycopg.Error | None = None  # why it went back into the queue

    def answer(self, *, result: R | None = None, error: BaseException | None = None) -> None:
        self.result, self.error, self.answered = result, error, True
        self.turn.put(None)


class GroupCommit(Generic[L, R]):
    """Posts lines of concurrent callers together.

    `post` applies lines of one tenant in one transaction and returns a result for each, in their order; it gives up
    waiting for a lock after so many milliseconds (psycopg.errors.LockNotAvailable).
    """

    def __init__(
        self,
        post: Callable[[int, Sequence[L], int], list[R]],
        *,
        leaders: int = 2,
        max_batch: int = 128,
        patience_seconds: float = 2.0,
    ) -> None:
        self._post = post
        self._max_leaders = leaders
        self._max_batch = max_batch
        self._patience = patience_seconds
        self._lock = threading.Lock()
        self._queues: OrderedDict[int, deque[_Ticket[L, R]]] = OrderedDict()
        self._leaders = 0

    def submit(self, tenant_id: int, line: L) -> R:
        """Post a line and return its result, after the commit.

        Raises Unavailable when its turn did not come in time (nothing happened), and whatever `post` raises for it:
        LockNotAvailable where its item was locked all the time.
        """
        ticket: _Ticket[L, R] = _Ticket(tenant_id, line, time.monotonic() + self._patience)
        with self._lock:
            self._queues.setdefault(tenant_id, deque()).append(ticket)
            if self._leaders < self._max_leaders:
                self._leaders += 1
                ticket.leads = True
        while not ticket.answered:
            if ticket.leads:
                self._lead(ticket)
            else:
                self._wait(ticket)
        if ticket.leads:
            self._hand_over(ticket)  # chosen to lead in the moment in which another's batch answered it
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]  # answered without an error: it has a result

    def _wait(self, ticket: _Ticket[L, R]) -> None:
        """Wait to be answered or to lead. Flags are set before the queue is told, and looked at again afterwards."""
        left = ticket.deadline - time.monotonic()
        if left <= 0 and self._leave(ticket):
            return
        with suppress(Empty):
            ticket.turn.get(timeout=left if left > 0 else None)  # without a limit only while it is in flight

    def _leave(self, ticket: _Ticket[L, R]) -> bool:
        """Take a line whose time is over out of the queue; False where it is in a batch, or about to lead one."""
        with self._lock:
            queue = self._queues.get(ticket.tenant_id)
            if not ticket.leads and queue is not None and ticket in queue:
                queue.remove(ticket)
                if not queue:
                    del self._queues[ticket.tenant_id]
                ticket.answer(error=ticket.busy or Unavailable("The stock writers are busy."))
                return True
            return False

    def _lead(self, ticket: _Ticket[L, R]) -> None:
        """Post batches until the leader's own line is answered or in somebody else's batch; then hand over."""
        try:
            while not ticket.answered:
                batch = self._next_batch()
                if not batch:
                    return
                self._post_batch(batch)
        finally:
            self._hand_over(ticket)

    def _next_batch(self) -> list[_Ticket[L, R]]:
        """Take the lines of the tenant whose turn it is."""
        with self._lock:
            if not self._queues:
                return []
            tenant_id, queue = next(iter(self._queues.items()))
            batch: list[_Ticket[L, R]] = []
            twins: list[_Ticket[L, R]] = []
            keys: set[tuple[int, str]] = set()
            while queue and len(batch) < self._max_batch:
                ticket = queue.popleft()
                key = ticket.line.key
                if key is not None and key in keys:
                    twins.append(ticket)  # it waits for the first to commit, and then finds its facts
                    continue
                if key is not None:
                    keys.add(key)
                batch.append(ticket)
            queue.extendleft(reversed(twins))
            if queue:
                self._queues.move_to_end(tenant_id)
            else:
                del self._queues[tenant_id]
            return batch

    def _hand_over(self, ticket: _Ticket[L, R]) -> None:
        with self._lock:
            ticket.leads = False
            successor = next(
                (waiting for queue in self._queues.values() for waiting in queue if not waiting.leads), None
            )
            if successor is None:
                self._leaders -= 1
            else:
                successor.leads = True
                successor.turn.put(None)

    def _post_batch(self, batch: list[_Ticket[L, R]]) -> None:
        error = self._post_together(batch)
        if error is None:
            return
        groups = _by_item(batch)
        if len(groups) == 1:
            self._settle(batch, error)
            return
        for group in groups:
            failed = self._post_together(group, lock_milliseconds=_ITEM_WAITS)
            if failed is not None:
                self._settle(group, failed)

    def _settle(self, group: list[_Ticket[L, R]], error: psycopg.Error) -> None:
        """Decide what an error means to the lines of one item: try again, one by one, or that it is the answer."""
        if isinstance(error, psycopg.errors.LockNotAvailable):
            self._queue_again(group, error)
        elif len(group) == 1:
            group[0].answer(error=error)
        else:
            for ticket in group:
                failed = self._post_together([ticket])
                if failed is not None:
                    ticket.answer(error=failed)

    def _post_together(
        self, tickets: list[_Ticket[L, R]], *, lock_milliseconds: int = _BATCH_WAITS
    ) -> psycopg.Error | None:
        """Post lines in one transaction and answer them; returns the error of a transaction that rolled back."""
        try:
            results = self._post(tickets[0].tenant_id, [ticket.line for ticket in tickets], lock_milliseconds)
        except psycopg.Error as error:
            if _rolled_back(error):
                return error
            failure: BaseException = error
        except Exception as error:  # noqa: BLE001 -- whoever waits is told, each in its own thread
            failure = error
        else:
            for ticket, result in zip(tickets, results, strict=True):
                ticket.answer(result=result)
            return None
        for ticket in tickets:
            ticket.answer(error=failure)
        return None

    def _queue_again(self, tickets: list[_Ticket[L, R]], error: psycopg.Error) -> None:
        """Queue what still has time; the others' answer is the error."""
        now = time.monotonic()
        for ticket in tickets:
            if now >= ticket.deadline:
                ticket.answer(error=error)
                continue
            ticket.busy = error
            with self._lock:
                self._queues.setdefault(ticket.tenant_id, deque()).append(ticket)


def _rolled_back(error: psycopg.Error) -> bool:
    """True where the server said what was wrong: nothing was committed. A broken connection says nothing."""
    state = error.sqlstate
    return state is not None and not state.startswith(("08", "57P"))


def _by_item(batch: list[_Ticket[L, R]]) -> list[list[_Ticket[L, R]]]:
    groups: dict[tuple[str, ...], list[_Ticket[L, R]]] = {}
    for ticket in batch:
        groups.setdefault(ticket.line.item, []).append(ticket)
    return list(groups.values())
