"""Making the days of a partitioned table ahead, and dropping them behind."""

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from apps.core.partitions import DAYS_AHEAD


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was made and dropped. `busy` where a table was locked: the rest is left for the next time."""

    made: tuple[str, ...]
    dropped: tuple[str, ...]
    busy: bool


def keep_days(connection: psycopg.Connection[Any], *, make: LiteralString, drop: LiteralString, keep: int) -> Upkeep:
    """Make what is missing, and drop what ended `keep` days ago, a partition in a transaction.

    `make` and `drop` are the statements that do one and return it, or null. The connection is the relay role's, in
    autocommit. Whatever cannot be locked within 200 ms is left alone, since everybody would queue behind the wait.
    """
    made, making = _repeat(connection, make, DAYS_AHEAD)
    dropped, dropping = _repeat(connection, drop, keep)
    return Upkeep(made=made, dropped=dropped, busy=making or dropping)


def _repeat(connection: psycopg.Connection[Any], statement: LiteralString, days: int) -> tuple[tuple[str, ...], bool]:
    done: list[str] = []
    try:
        while found := connection.execute(statement, (days,)).fetchall()[0][0]:
            done.append(str(found))
    except psycopg.errors.LockNotAvailable:
        return tuple(done), True
    return tuple(done), False
