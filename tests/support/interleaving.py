"""Two requests in an order that a test chooses: a second connection holds what one of them needs.

Nothing waits for a time. A test holds a row or a table, sends a request, and goes on when the database says that the
request's session waits for a lock.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from tests.support.stock import Item

_POLL_SECONDS = 0.005
_LOOKS = 2000
# A transaction sees the sessions of its first look for ever, and this one is open: they are forgotten before each look.
_FORGET = "SELECT pg_stat_clear_snapshot()"
_WAITING = """
    SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE NOT l.granted AND a.datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A transaction of the tables' owner that holds locks until it lets go."""

    tenant_id: int
    owner: "psycopg.Connection[tuple[Any, ...]]"

    def item(self, item: Item) -> None:
        """Hold an item: whoever would change it waits."""
        self._begin()
        sql = """SELECT FROM inventory_stockitem WHERE tenant_id = %s AND supplier_id = %s AND product_id = %s
                 AND retail_partner_id IS NOT DISTINCT FROM %s FOR UPDATE NOWAIT"""
        assert self.owner.execute(sql, [self.tenant_id, item.supplier, item.product, item.partner]).rowcount == 1

    def first_parked(self) -> None:
        """Hold the movement that was parked first: whoever would book it waits."""
        self._begin()
        sql = """SELECT FROM inventory_parkedmovement WHERE tenant_id = %s ORDER BY created_at, id LIMIT 1
                 FOR UPDATE NOWAIT"""
        assert self.owner.execute(sql, [self.tenant_id]).rowcount == 1

    def events(self) -> None:
        """Hold the outbox: whoever has had an effect waits before the event of it, hence before the commit."""
        self._begin()
        self.owner.execute("LOCK TABLE outbox_outboxmessage IN SHARE MODE")

    def lines_of_transfers(self) -> None:
        """Hold what transfers move: whoever would read it waits."""
        self._begin()
        self.owner.execute("LOCK TABLE inventory_transferline IN ACCESS EXCLUSIVE MODE")

    def change(self, sql: LiteralString) -> None:
        """Change rows of the tenant, whose id the statement takes, in the same transaction."""
        self.owner.execute(sql, [self.tenant_id])

    def let_see(self) -> None:
        """End the transaction, and keep what it changed."""
        self.owner.commit()

    def wait_for(self, count: int, *, at_least: bool = False) -> set[int]:
        """Return the sessions that wait for locks, once there are `count`; with `at_least` there may be more."""
        pause = threading.Event()
        for _ in range(_LOOKS):
            waiting = self.waiting()
            if len(waiting) >= count:
                assert at_least or len(waiting) == count, waiting
                return waiting
            pause.wait(_POLL_SECONDS)
        raise AssertionError(f"{count} sessions should wait, and {len(self.waiting())} do")

    def waiting(self) -> set[int]:
        """Return the sessions of this database that wait for locks now."""
        self.owner.execute(_FORGET)
        return {int(pid) for (pid,) in self.owner.execute(_WAITING).fetchall()}

    def let_go(self) -> None:
        """End the transaction."""
        self.owner.rollback()

    def _begin(self) -> None:
        self.owner.execute("SELECT set_config('app.tenant_id', %s, true)", [str(self.tenant_id)])


@contextmanager
def holding(tenant_id: int) -> Iterator[Hold]:
    """Connect as the tables' owner for the length of the block."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        hold = Hold(tenant_id, owner)
        yield hold
        hold.let_go()
