"""Counting refusals: in memory, and written by one thread of the process every two seconds at most.

Nothing here runs in a request's transaction, and nothing waits: whoever is refused adds one to a number.
"""

import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from apps.outbox.unit_of_work import as_tenant

log = structlog.get_logger(component="stockwire.insights")

# Beyond it new kinds are not told apart any more: a caller cannot fill the memory while the database is away.
_MAX_KINDS = 10_000
# In the order of the key, so that two processes never wait for each other in a circle.
_ADD = """
    INSERT INTO insights_refusaltally AS t (tenant_id, hour, operation, code, count)
    SELECT %s, n.hour, n.operation, n.code, n.count
    FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::bigint[]) AS n (hour, operation, code, count)
    ORDER BY n.hour, n.operation, n.code
    ON CONFLICT (tenant_id, hour, operation, code) DO UPDATE SET count = t.count + excluded.count
"""

Kind = tuple[int, datetime, str, str]


@dataclass(slots=True)
class _Tally:
    """The numbers of one process, and the thread that writes them."""

    pid: int
    waiting: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    counts: Counter[Kind] = field(default_factory=Counter)

    def start(self) -> None:
        threading.Thread(target=self._run, name="refusals", daemon=True).start()

    def add(self, kind: Kind) -> None:
        with self.lock:
            if kind in self.counts or len(self.counts) < _MAX_KINDS:
                self.counts[kind] += 1
        self.waiting.set()

    def _run(self) -> None:
        rest = threading.Event()
        while True:
            self.waiting.wait()
            rest.wait(settings.REFUSAL_TALLY_SECONDS)
            self.waiting.clear()
            self._write()

    def _write(self) -> None:
        with self.lock:
            counts, self.counts = self.counts, Counter()
        for tenant_id in sorted({kind[0] for kind in counts}):
            own = {kind: number for kind, number in counts.items() if kind[0] == tenant_id}
            try:
                _write_tenant(tenant_id, own)
            except (OperationalError, InterfaceError) as error:
                log.warning("refusals_not_written", error=type(error).__name__)
                with self.lock:
                    self.counts.update(own)
                self.waiting.set()  # with the next ones, or after the next rest
            except DatabaseError:
                # Not the database's absence but these numbers, of a tenant that is gone: they would fail for ever.
                log.exception("refusals_dropped", tenant=tenant_id)
        connection.close()


def _write_tenant(tenant_id: int, counts: dict[Kind, int]) -> None:
    hours, operations, codes = zip(*(kind[1:] for kind in counts), strict=True)
    with as_tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(_ADD, [tenant_id, list(hours), list(operations), list(codes), list(counts.values())])


_lock = threading.Lock()
_tally: _Tally | None = None


def count_refusal(tenant_id: int, operation: str, code: str) -> None:
    """Count one refusal of an operation. Never blocks on the database and never fails."""
    global _tally  # noqa: PLW0603 -- one thread a process; a fork needs its own
    tally = _tally
    if tally is None or tally.pid != os.getpid():
        with _lock:
            if _tally is None or _tally.pid != os.getpid():
                _tally = _Tally(os.getpid())
                _tally.start()
            tally = _tally
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    tally.add((tenant_id, hour, operation, code))
