"""Events on their way out, and what a use case gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from apps.core.context import Principal

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about one subject, as a use case emits it.

    `subject` names the thing (`SUP123/HOTSAUCE789`); `sequence` is its version, so that a reader can drop what is
    older than what it has. `facts` is what happened, never a rendering.
    """

    type: str
    subject: str
    sequence: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event with its place in the tenant's log; positions are dense, so a reader can prove there is no gap."""

    tenant_id: int
    position: int
    event_id: UUID
    type: str
    subject: str
    sequence: int
    facts: dict[str, Any]
    occurred_at: datetime


class EventRenderer(Protocol):
    """Renders events of one type for one reader, inside a transaction of the tenant."""

    def __call__(self, events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
        """Return each event's `data` as the reader sees it; None where the reader may not see its subject."""


@dataclass(frozen=True, slots=True)
class RelayedRange:
    """Positions that one step of the relay gave to one tenant's events, both ends included."""

    tenant_id: int
    first_position: int
    last_position: int


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """A use case's result, and whether it was found under the caller's key instead of being done again."""

    result: Result
    replayed: bool = False
