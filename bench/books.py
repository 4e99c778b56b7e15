"""A number counts only where the books say the same: what was answered is what was booked, once each."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.errors import BenchFailed
from bench.stage import BARE, TYPICAL, Stage
from sandbox.embedded.bootstrap import DATABASE

_DRAIN_SECONDS = 60.0
_WAITING = "SELECT count(*) FROM outbox_outboxmessage"
_LEDGERS = {
    BARE: "SELECT count(*) FROM ledger",
    TYPICAL: "SELECT count(*) FROM typical_movement",
    DATABASE: "SELECT count(*) FROM transactions_stocktransaction",
}
# Balances that are not the sum of what was booked, and ledger rows without their event or key.
_WRONG = {
    BARE: """
        SELECT count(*) FROM stock_level s
        LEFT JOIN (SELECT stock_id, sum(change) AS change FROM ledger GROUP BY 1) l ON l.stock_id = s.id
        WHERE s.on_hand <> 1000000000 + COALESCE(l.change, 0)""",
    TYPICAL: """
        SELECT count(*) FROM typical_item i
        LEFT JOIN (SELECT item_id, sum(quantity) AS quantity FROM typical_movement GROUP BY 1) m ON m.item_id = i.id
        WHERE i.on_hand <> 1000000000 - COALESCE(m.quantity, 0)""",
    DATABASE: """
        SELECT count(*) FROM inventory_stocklevel s
        LEFT JOIN (
            SELECT tenant_id, level_id, sum(on_hand_change) AS change FROM transactions_stocktransaction GROUP BY 1, 2
        ) l ON l.tenant_id = s.tenant_id AND l.level_id = s.id
        WHERE s.on_hand <> COALESCE(l.change, 0)""",
}


@contextmanager
def balanced(stage: Stage, database: str) -> Iterator[list[int]]:
    """Check that the ledger grew by the number that the block puts into the list.

    Raises BenchFailed where it did not, or where a balance is not the sum of its ledger.
    """
    before, answered = stage.count(database, _LEDGERS[database]), [0]
    yield answered
    grown = stage.count(database, _LEDGERS[database]) - before
    if grown != answered[0]:
        raise BenchFailed(f"{answered[0]} movements were answered, the ledger of {database} grew by {grown}.")
    wrong = stage.count(database, _WRONG[database])
    if wrong:
        raise BenchFailed(f"{wrong} balances of {database} differ from the sum of their ledger.")


def events_waiting(stage: Stage) -> int:
    """Return how many of our events the relay has not moved into the log."""
    return stage.count(DATABASE, _WAITING)


def await_relay(stage: Stage) -> float:
    """Wait until our relay has emptied the outbox, and return how long that took.

    Whoever is measured next must not pay for it. Raises BenchFailed after a minute.
    """
    started = time.monotonic()
    while events_waiting(stage):
        if time.monotonic() - started > _DRAIN_SECONDS:
            raise BenchFailed(f"The relay did not empty the outbox within {_DRAIN_SECONDS:.0f} s.")
        time.sleep(0.1)
    return time.monotonic() - started
