"""Words of webhooks, and what its commands take and return."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Literal
from uuid import UUID

from apps.core.context import PartyType, Principal
from apps.outbox.types import LoggedEvent

EVERY_TYPE = "*"
TEST_EVENT = "webhook.test"
MAX_WEBHOOKS_OF_A_PARTY = 20
MAX_LIVE_SECRETS = 3


class WebhookStatus(StrEnum):
    """Whether events are collected and sent."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class DeliveryState(IntEnum):
    """Where a delivery stands. 2 is free: a delivery that succeeded is no row."""

    READY = 0
    IN_FLIGHT = 1
    DEAD = 3


Outcome = Literal["succeeded", "failed", "dropped", "gone", "released"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """A subscription to create."""

    url: str
    event_types: list[str]
    filters: dict[str, list[str]]
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFacts:
    """A webhook as a command leaves it, without any secret."""

    webhook_id: str
    url: str
    event_types: list[str]
    filters: dict[str, list[str]]
    status: str
    disabled_reason: str | None
    party_type: str
    party_id: str
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedSecret:
    """A new secret, sealed: what an idempotent replay opens to show it again. Never the secret itself."""

    tenant_id: int
    webhook_id: str
    secret_id: UUID
    sealed: str
    previous_expires_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedWebhook:
    """A new webhook and its first secret."""

    webhook: WebhookFacts
    secret: IssuedSecret


@dataclass(frozen=True, slots=True)
class TestFacts:
    """A test event that was written for one webhook."""

    webhook_id: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliveryFacts:
    """A delivery that is due again, and the place of the event that it will bring."""

    webhook_id: str
    delivery_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this dispatcher may send until its lease ends.

    `event` is None where the log no longer keeps it. `send_by` is on the dispatcher's own monotonic clock: sending
    later could outlive the lease.
    """

    id: int
    tenant_id: int
    webhook_id: str
    claim_id: UUID
    attempts: int
    url: str
    reader: Principal
    event: LoggedEvent | None
    secrets: tuple[tuple[UUID, bytes], ...]
    claimed_at: datetime
    send_by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a claim. `sent` tells whether the receiver may have seen it; `delay`: seconds to the next try."""

    tenant_id: int
    webhook_id: str
    delivery_id: int
    claim_id: UUID
    outcome: Outcome
    sent: bool = False
    status: int | None = None
    milliseconds: int | None = None
    address: str | None = None
    error: str | None = None
    answer: str | None = None
    delay: float = 0.0


def reader_of(tenant_id: int, party_type: str, party_id: str) -> Principal:
    """Return the principal with whose eyes a webhook's events are rendered."""
    return Principal(tenant_id=tenant_id, application_id=0, party=PartyType(party_type), party_id=party_id)


def facts_for_json(value: Any) -> Any:
    """Encode what JSON does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not plain")
