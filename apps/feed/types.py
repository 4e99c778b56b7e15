"""What a reader of the event log asks for, and what it is told."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from apps.core.context import Principal
from apps.outbox.types import LoggedEvent


@dataclass(frozen=True, slots=True)
class Interest:
    """Which events somebody wants: of some types, naming what the filters ask for. It means what a webhook's means."""

    types: tuple[str, ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """Return the filters as a webhook keeps them."""
        return {name: list(codes) for name, codes in self.filters}


@dataclass(frozen=True, slots=True)
class LogEnds:
    """Where a tenant's log begins and ends: `first` is the oldest position that is kept, `head` the last given."""

    first: int
    head: int


@dataclass(frozen=True, slots=True)
class EventsSlice:
    """Some of the events behind a position, and up to which position that is all of them."""

    events: tuple[LoggedEvent, ...]
    up_to: int
    head: int


@dataclass(frozen=True, slots=True)
class RenderedEvent:
    """An event as its reader sees it."""

    position: int
    type: str
    envelope: dict[str, Any]


class Frame(NamedTuple):
    """An event as a stream carries it."""

    position: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who follows the log: who reads, what is wanted, and behind which position; None: from now on.

    `principal` is whom the token stood for at the beginning, and `token` its checksum.
    """

    principal: Principal
    token: str
    interest: Interest
    after: int | None

    @property
    def reader(self) -> Principal:
        """With whose eyes events are rendered: the party's, whichever client of it asks."""
        return replace(self.principal, application_id=0, scopes=frozenset())
