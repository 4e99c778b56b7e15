from dataclasses import fields
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.envelopes import public_event_id
from apps.core.http.bodies import Body, Code, Moment, MomentText, ProductCode, Version, View
from apps.core.ids import encode_id
from apps.core.times import rfc3339
from apps.webhooks.domain.delivery_ids import public_delivery_id
from apps.webhooks.domain.issuing import opened
from apps.webhooks.domain.subscriptions import subscribable_types
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.queries import facts_of
from apps.webhooks.types import (
    EVERY_TYPE,
    DeliveryState,
    HealthFacts,
    IssuedSecret,
    IssuedWebhook,
    RedeliveryFacts,
    ReplayFacts,
    ReplayKind,
    TestFacts,
    WebhookFacts,
)

MAX_OVERLAP_SECONDS = 7 * 24 * 3600

Url = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=2048,
        description="Where events are POSTed; https, at a public address.",
        extra_json_schema={"format": "uri"},
    ),
]
EventType = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=64, title="EventType", extra_json_schema={"enum": [*subscribable_types(), EVERY_TYPE]}
    ),
]
EventTypes = Annotated[
    list[EventType], msgspec.Meta(min_length=1, max_length=50, description="Event types, or `*` for every one.")
]
Status = Annotated[
    Literal["active", "paused"],
    msgspec.Meta(title="WebhookStatus", description="A paused webhook collects nothing and sends nothing."),
]
StrategyName = Annotated[
    Literal["latest", "each", "ordered", "batch"],
    msgspec.Meta(
        title="DeliveryStrategy",
        description="`latest`: of a stock item's states only the newest that waits is sent, every other event singly; "
        "`each`: every event singly; `ordered`: every event singly in the order of the log, none before the one ahead "
        "of it was delivered or given up; `batch`: as `latest`, up to 100 events in one request.",
    ),
]
Rate = Annotated[
    int, msgspec.Meta(ge=1, le=1000, description="How many events a second the receiver gets at most; null: no bound.")
]
Codes = Annotated[
    Code | Annotated[list[Code], msgspec.Meta(min_length=1, max_length=100)],
    msgspec.Meta(description="One code, or any of several."),
]
ProductCodes = Annotated[
    ProductCode | Annotated[list[ProductCode], msgspec.Meta(min_length=1, max_length=100)],
    msgspec.Meta(description="One product, or any of several."),
]


class Filters(Body):
    """Which of the events the party may see are wanted; one that does not name what a filter asks for is not."""

    supplier_id: Codes | None = None
    product_id: ProductCodes | None = None
    warehouse_location: Codes | None = None


class FiltersChange(Body):
    """What changes of the filters; null removes one."""

    supplier_id: Codes | None | UnsetType = UNSET
    product_id: ProductCodes | None | UnsetType = UNSET
    warehouse_location: Codes | None | UnsetType = UNSET


class WebhookCreate(Body):
    url: Url
    event_types: EventTypes
    filters: Filters | None = None
    strategy: StrategyName = "latest"
    max_per_second: Rate | None = None
    status: Status = "active"


class WebhookChange(Body):
    url: Url | UnsetType = UNSET
    event_types: EventTypes | UnsetType = UNSET
    filters: FiltersChange | None | UnsetType = UNSET
    strategy: StrategyName | UnsetType = UNSET
    max_per_second: Rate | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class ReplayRequest(Body):
    """Which events to send again: of a time, of some types, only those that were given up."""

    since: Annotated[Moment | None, msgspec.Meta(description="From the oldest that is kept, if null.")] = None
    until: Annotated[Moment | None, msgspec.Meta(description="Up to now, if null.")] = None
    event_types: EventTypes | None = None
    only_failed: Annotated[bool, msgspec.Meta(description="Only deliveries that were given up.")] = False


class SecretRotation(Body):
    expires_in_seconds: Annotated[
        int,
        msgspec.Meta(
            ge=0, le=MAX_OVERLAP_SECONDS, description="How long the secrets before it go on signing; 0 ends them."
        ),
    ] = 86400


class Party(View):
    type: str
    id: str | None


class WebhookView(View):
    webhook_id: str
    url: str
    event_types: list[str]
    filters: dict[str, list[str]]
    strategy: str
    max_per_second: int | None
    status: str
    disabled_reason: str | None
    party: Party
    version: int
    created_at: MomentText
    updated_at: MomentText


class NewWebhookView(WebhookView):
    """A new webhook with its secret, which is shown this once."""

    secret: str


class WebhookPage(View):
    data: list[WebhookView]
    next_page_token: str | None


class SecretView(View):
    """A new secret, which is shown this once."""

    secret: str
    previous_expires_at: MomentText | None


class TestView(View):
    webhook_id: str
    event_type: str
    sequence: str


class HealthView(View):
    """How a webhook's receiver does."""

    webhook_id: str
    status: str
    health: Annotated[
        Literal["healthy", "failing", "resting"],
        msgspec.Meta(
            description="`resting`: it failed so often in a row that nothing is sent until `nextTryAt`, then one event."
        ),
    ]
    failing_since: MomentText | None
    failures_in_a_row: int
    next_try_at: MomentText | None
    last_success_at: MomentText | None
    response_milliseconds: Annotated[
        int | None, msgspec.Meta(description="How long it takes to answer, smoothed over its last answers.")
    ]
    at_once: Annotated[int, msgspec.Meta(description="How many requests it has at the same time, at most.")]
    waiting: Annotated[int, msgspec.Meta(description="Deliveries that wait; counted up to 10,000.")]
    given_up: Annotated[int, msgspec.Meta(description="Deliveries that were given up; counted up to 10,000.")]
    replays: Annotated[int, msgspec.Meta(description="Replays and resyncs that are under way.")]


class ReplayView(View):
    """A replay or resync that was asked for; its events follow."""

    webhook_id: str
    replay_id: str
    kind: Annotated[
        str,
        msgspec.Meta(
            description="What is sent again.", extra_json_schema={"enum": [each.value for each in ReplayKind]}
        ),
    ]
    events: Annotated[
        int | None, msgspec.Meta(description="How many events of the tenant lie in the time; those wanted are sent.")
    ]


class RedeliveryView(View):
    """A delivery that is due again."""

    webhook_id: str
    delivery_id: str


class DeliveryView(View):
    """One try to deliver an event, or a delivery that waits for its next."""

    delivery_id: str
    event_id: str
    event_type: str
    subject: str
    sequence: str
    status: str
    attempt: int
    response_status: int | None
    duration_milliseconds: int | None
    address: str | None
    error: str | None
    answer: str | None
    coalesced: int
    at: MomentText
    next_attempt_at: MomentText | None


class DeliveryPage(View):
    data: list[DeliveryView]
    next_page_token: str | None


def rendered(facts: WebhookFacts) -> WebhookView:
    """Return the webhook as /v1 shows it."""
    return WebhookView(
        webhook_id=facts.webhook_id,
        url=facts.url,
        event_types=facts.event_types,
        filters=facts.filters,
        strategy=facts.strategy,
        max_per_second=facts.max_per_second,
        status=facts.status,
        disabled_reason=facts.disabled_reason,
        party=Party(type=facts.party_type, id=facts.party_id or None),
        version=facts.version,
        created_at=facts.created_at,
        updated_at=facts.updated_at,
    )


def rendered_row(row: Webhook) -> WebhookView:
    """Return a row as /v1 shows it."""
    return rendered(facts_of(row))


def rendered_new(issued: IssuedWebhook) -> NewWebhookView:
    """Return a new webhook with its secret."""
    view = rendered(issued.webhook)
    return NewWebhookView(**msgspec.structs.asdict(view), secret=opened(issued.secret))


def rendered_secret(issued: IssuedSecret) -> SecretView:
    """Return a new secret."""
    return SecretView(secret=opened(issued), previous_expires_at=issued.previous_expires_at)


def rendered_test(facts: TestFacts) -> TestView:
    """Return a test event that is on its way."""
    return TestView(webhook_id=facts.webhook_id, event_type="webhook.test", sequence=str(facts.sequence))


def rendered_health(facts: HealthFacts) -> HealthView:
    """Return how a receiver does as /v1 shows it."""
    members = {field.name: getattr(facts, field.name) for field in fields(facts)}
    moments = ("failing_since", "next_try_at", "last_success_at")
    told = {name: rfc3339(members[name]) if members[name] else None for name in moments}
    return HealthView(**{**members, **told})


def rendered_replay(facts: ReplayFacts) -> ReplayView:
    """Return a replay that was asked for."""
    return ReplayView(
        webhook_id=facts.webhook_id,
        replay_id=encode_id("rpl", facts.replay_id),
        kind=facts.kind,
        events=facts.events,
    )


def rendered_redelivery(facts: RedeliveryFacts) -> RedeliveryView:
    """Return a delivery that is due again."""
    return RedeliveryView(
        webhook_id=facts.webhook_id, delivery_id=public_delivery_id(facts.tenant_id, facts.delivery_id)
    )


def rendered_attempt(row: Attempt) -> DeliveryView:
    """Return a try as /v1 shows it."""
    return DeliveryView(
        delivery_id=public_delivery_id(row.tenant_id, row.delivery_id),
        event_id=public_event_id(row.event_id),
        event_type=row.type,
        subject=row.subject,
        sequence=str(row.sequence),
        status=row.outcome,
        attempt=row.number,
        response_status=row.status,
        duration_milliseconds=row.milliseconds,
        address=row.address,
        error=row.error,
        answer=row.answer,
        coalesced=row.coalesced,
        at=rfc3339(row.at),
        next_attempt_at=None,
    )


def rendered_waiting(row: Delivery) -> DeliveryView:
    """Return a delivery that waits, is under way or died, as /v1 shows it."""
    dead = row.state == DeliveryState.DEAD
    return DeliveryView(
        delivery_id=public_delivery_id(row.tenant_id, row.pk),
        event_id=public_event_id(row.event_id),
        event_type=row.type,
        subject=row.subject,
        sequence=str(row.sequence),
        status="dead" if dead else "pending",
        attempt=row.attempts,
        response_status=None,
        duration_milliseconds=None,
        address=None,
        error=None,
        answer=None,
        coalesced=row.coalesced,
        at=rfc3339(row.first_at),
        next_attempt_at=None if dead else rfc3339(row.due_at),
    )
