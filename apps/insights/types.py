"""What the dashboard's ticker shows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One event of the tenant's log in a person's words: what, where, how much, and why."""

    position: int
    at: datetime
    what: str
    where: str
    how_much: str
    cause: str
