"""What the handlers of versioned resources answer."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from apps.core.http.operations import Answer
from apps.outbox.types import Outcome


class Versioned(Protocol):
    """Facts of a resource that has a version."""

    @property
    def version(self) -> int:
        """The version that the ETag starts with."""


F = TypeVar("F", bound=Versioned)


def shown(facts: F, render: Callable[[F], Any]) -> Answer:
    """Answer a resource."""
    return Answer(body=render(facts), version=facts.version)


def created(outcome: Outcome[F], render: Callable[[F], Any], *, location: str) -> Answer:
    """Answer a resource that was made."""
    facts = outcome.result
    return Answer(body=render(facts), status=201, version=facts.version, location=location, replayed=outcome.replayed)


def changed(outcome: Outcome[F], render: Callable[[F], Any]) -> Answer:
    """Answer a resource as a change left it."""
    return Answer(body=render(outcome.result), version=outcome.result.version, replayed=outcome.replayed)


def deleted(outcome: Outcome[bool]) -> Answer:
    """Answer that a resource is gone."""
    return Answer(status=204, replayed=outcome.replayed)
