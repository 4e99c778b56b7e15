"""Group commit: what queues while a batch is in flight forms the next.

A request thread that finds no batch in flight posts its line at once, alone: nothing is added while idle. Otherwise
it queues, and when the batch is back the first in the queue leads the next one, for everybody who waits. There is no
timer and no thread of its own, so nothing is left to drain when a process ends: whoever waits is answered.

Each line keeps its own key, refusal and answer, and nobody hears of success before the commit. A batch holds one
tenant's lines; tenants take turns. A line whose item is locked elsewhere does not hold up its neighbours: the batch
gives up after a moment, is posted item by item, and what is still locked goes back into the queue until its deadline.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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


L = TypeVar("L", bound=GroupLine)
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[L, R]):
    tenant_id: int
    line: L
    deadline: float
    turn: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    result: R | None = None
    error: BaseException | None = None
    answered: bool = False

    def answer(self, *, result: R | None = None, error: BaseException | None = None) -> None:
        self.result, self.error, self.answered = result, error, True
        self.turn.set()


class GroupCommit(Generic[L, R]):
    """Posts lines of concurrent callers together.

    `post` applies lines of one tenant in one transaction and returns a result for each, in their order; it gives up
    waiting for a lock soon (psycopg.errors.LockNotAvailable).
    """

    def __init__(
        self,
        post: Callable[[int, Sequence[L]], list[R]],
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

        Raises Unavailable when its turn did not come in time (nothing happened), and whatever `post` raises for it.
        """
        ticket: _Ticket[L, R] = _Ticket(tenant_id, line, time.monotonic() + self._patience)
        with self._lock:
            self._queues.setdefault(tenant_id, deque()).append(ticket)
            ticket.leads = self._leaders < self._max_leaders
            self._leaders += ticket.leads
        if not ticket.leads:
            self._wait(ticket)
        if ticket.leads:
            self._lead(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]  # answered without an error: it has a result

    def _wait(self, ticket: _Ticket[L, R]) -> None:
        if ticket.turn.wait(self._patience):
            return
        with self._lock:
            queue = self._queues.get(ticket.tenant_id)
            if not ticket.leads and not ticket.answered and queue is not None and ticket in queue:
                queue.remove(ticket)
                raise Unavailable("The stock writers are busy.")
        ticket.turn.wait()  # in flight: the statement's own limits bound it

    def _lead(self, ticket: _Ticket[L, R]) -> None:
        """Post batches until the leader's own line is answered, then let the next in the queue lead."""
        try:
            while not ticket.answered:
                self._post_batch(self._next_batch())
        finally:
            self._hand_over()

    def _next_batch(self) -> list[_Ticket[L, R]]:
        with self._lock:
            tenant_id, queue = next(iter(self._queues.items()))
            batch: list[_Ticket[L, R]] = []
            again: list[_Ticket[L, R]] = []
            keys: set[tuple[int, str]] = set()
            while queue and len(batch) < self._max_batch:
                ticket = queue.popleft()
                key = ticket.line.key
                if key is not None and key in keys:
                    again.append(ticket)  # a twin waits for the first to commit, or it would wait for itself
                    continue
                if key is not None:
                    keys.add(key)
                batch.append(ticket)
            queue.extendleft(reversed(again))
            if queue:
                self._queues.move_to_end(tenant_id)
            else:
                del self._queues[tenant_id]
            return batch

    def _hand_over(self) -> None:
        with self._lock:
            waiting = next((ticket for queue in self._queues.values() for ticket in queue if not ticket.leads), None)
            if waiting is None:
                self._leaders -= 1
            else:
                waiting.leads = True
                waiting.turn.set()

    def _post_batch(self, batch: list[_Ticket[L, R]]) -> None:
        try:
            self._post_together(batch)
        except psycopg.Error as error:
            if len(batch) == 1:
                self._give_up(batch, error)
                return
            for group in _by_item(batch):
                self._post_group(group)

    def _post_group(self, group: list[_Ticket[L, R]]) -> None:
        """Post the lines of one item apart from the others, so that what is wrong with it harms nobody else."""
        try:
            self._post_together(group)
        except psycopg.errors.LockNotAvailable as error:
            self._give_up(group, error)
        except psycopg.Error as error:
            if len(group) == 1:
                group[0].answer(error=error)
                return
            for ticket in group:
                self._post_group([ticket])

    def _post_together(self, tickets: list[_Ticket[L, R]]) -> None:
        try:
            results = self._post(tickets[0].tenant_id, [ticket.line for ticket in tickets])
        except psycopg.Error:
            raise
        except BaseException as error:
            for ticket in tickets:
                ticket.answer(error=error)
            raise
        for ticket, result in zip(tickets, results, strict=True):
            ticket.answer(result=result)

    def _give_up(self, tickets: list[_Ticket[L, R]], error: psycopg.Error) -> None:
        """Queue again what waited for a lock and has time left; answer the rest with the error."""
        now = time.monotonic()
        for ticket in tickets:
            if isinstance(error, psycopg.errors.LockNotAvailable) and now < ticket.deadline:
                with self._lock:
                    self._queues.setdefault(ticket.tenant_id, deque()).append(ticket)
            else:
                ticket.answer(error=error)


def _by_item(batch: list[_Ticket[L, R]]) -> list[list[_Ticket[L, R]]]:
    groups: dict[tuple[str, ...], list[_Ticket[L, R]]] = {}
    for ticket in batch:
        groups.setdefault(ticket.line.item, []).append(ticket)
    return list(groups.values())
