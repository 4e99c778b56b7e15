"""Words of webhooks, and what its commands take and return."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Literal, Protocol
from uuid import UUID

from apps.core.context import CallContext, PartyType, Principal
from apps.outbox.types import LoggedEvent

EVERY_TYPE = "*"
TEST_EVENT = "webhook.test"
SNAPSHOT = "inventory.snapshot"
MAX_WEBHOOKS_OF_A_PARTY = 20
MAX_LIVE_SECRETS = 3
# Deliveries in flight at first; answers decide what it grows to, and shrinks to.
FIRST_CAP = 8
MOST_EVENTS_OF_A_BATCH = 100
# What waits, or was given up, is counted up to this much.
MOST_COUNTED = 10_000
MAX_OPEN_PAGES_OF_A_PARTY = 20
MIN_PAGE_SECONDS = 5 * 60
MAX_PAGE_SECONDS = 7 * 24 * 3600


class WebhookStatus(StrEnum):
    """Whether events are collected and sent."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class Strategy(StrEnum):
    """How events become requests.

    latest: of a subject's states only the newest that waits, every other event singly; each: every event singly;
    ordered: every event singly in the order of the log, none before the one ahead of it is delivered or given up;
    batch: as `latest`, up to a hundred in one request.
    """

    LATEST = "latest"
    EACH = "each"
    ORDERED = "ordered"
    BATCH = "batch"


class DeliveryState(IntEnum):
    """Where a delivery stands. 2 is free: a delivery that succeeded is no row."""

    READY = 0
    IN_FLIGHT = 1
    DEAD = 3


class ReplayKind(StrEnum):
    """What a webhook gets again: events of the log, what was given up, or what there is now."""

    EVENTS = "events"
    FAILED = "failed"
    SNAPSHOT = "snapshot"


Outcome = Literal["succeeded", "failed", "dropped", "gone", "released"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """A subscription to create."""

    url: str
    event_types: list[str]
    filters: dict[str, list[str]]
    status: str
    strategy: str
    max_per_second: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFacts:
    """A webhook as a command leaves it, without any secret."""

    webhook_id: str
    url: str
    event_types: list[str]
    filters: dict[str, list[str]]
    strategy: str
    max_per_second: int | None
    status: str
    disabled_reason: str | None
    party_type: str
    party_id: str
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """How a receiver does: healthy, failing, or resting (its breaker is open until `next_try_at`).

    `waiting` and `given_up` are counted up to MOST_COUNTED.
    """

    webhook_id: str
    status: str
    health: str
    failing_since: datetime | None
    failures_in_a_row: int
    next_try_at: datetime | None
    last_success_at: datetime | None
    response_milliseconds: int | None
    at_once: int
    waiting: int
    given_up: int
    replays: int


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

    tenant_id: int
    webhook_id: str
    delivery_id: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFacts:
    """A replay that was asked for; `events`: of how many places of the log, None for what is not of the log."""

    webhook_id: str
    replay_id: UUID
    kind: str
    events: int | None


class SnapshotSource(Protocol):
    """Names the things of which a reader may have a snapshot (settings.WEBHOOK_SNAPSHOTS)."""

    def __call__(
        self, ctx: CallContext, filters: Mapping[str, list[str]], *, after: str, limit: int
    ) -> list[tuple[str, int]]:
        """Return up to `limit` subjects behind `after`, each with its version, in the order of their keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """A partner's page as a command leaves it, without the link's token; moments are RFC 3339."""

    page_id: str
    party_type: str
    party_id: str
    created_at: str
    expires_at: str
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPage:
    """A new page and the token of its link, sealed: what an idempotent replay opens to show it again."""

    tenant_id: int
    page: PageFacts
    sealed: str


class WhyClosed(StrEnum):
    """Why a partner's page does not open."""

    UNKNOWN = "unknown"
    NOT_OPENED = "not_opened"
    EXPIRED = "expired"
    REVOKED = "revoked"
    TENANT_SUSPENDED = "tenant_suspended"
    PARTY_SUSPENDED = "party_suspended"
    GIVER_GONE = "giver_gone"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this dispatcher may send until its lease ends.

    `event` is None where the log no longer keeps it. `send_by` is on the dispatcher's own monotonic clock: sending
    later could outlive the lease. `proven` says that the receiver has answered quickly so far.
    """

    id: int
    tenant_id: int
    webhook_id: str
    claim_id: UUID
    attempts: int
    url: str
    reader: Principal
    strategy: str
    proven: bool
    event: LoggedEvent | None
    secrets: tuple[tuple[UUID, bytes], ...]
    claimed_at: datetime
    send_by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a claim. `sent` tells whether the receiver may have seen it; `delay`: seconds to the next try.

    `congested`: the receiver said or showed that it has too much to do. `counted`: it is a request's one result, or the
    first of its batch's.
    """

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
    congested: bool = False
    counted: bool = True


def reader_of(tenant_id: int, party_type: str, party_id: str) -> Principal:
    """Return the principal with whose eyes a webhook's events are rendered."""
    return Principal(tenant_id=tenant_id, application_id=0, party=PartyType(party_type), party_id=party_id)


def facts_for_json(value: Any) -> Any:
    """Encode what JSON does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not plain")
