"""What a partner's page shows: read by the queries of /v1, as the party, inside an open transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, Q

from apps.core.context import CallContext
from apps.core.envelopes import public_event_id
from apps.core.errors import NotFound
from apps.webhooks.models import Attempt, Delivery, Webhook
from apps.webhooks.queries import attempts, deliveries, webhooks
from apps.webhooks.types import DeliveryState, WebhookStatus

_COUNTED = 1_000
_SHOWN = 20
_TRIES = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {"succeeded": "good", "failed": "warn", "superseded": "warn", "dead": "bad"}
_WORDS = {
    "succeeded": "delivered",
    "failed": "failed, will retry",
    "superseded": "failed, replaced by newer",
    "dead": "given up",
    "dropped": "not sent",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A webhook as its owner looks at it; `kind` colours `health`. Counts beyond a thousand say so."""

    webhook_id: str
    url: str
    status: str
    event_types: list[str]
    filters: list[tuple[str, str]]
    kind: str
    health: str
    details: str
    waiting: str
    given_up: str
    created_at: datetime

    @property
    def is_active(self) -> bool:
        """True where it gets deliveries."""
        return self.status == WebhookStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A delivery that waits for its next try, or was given up."""

    delivery_id: int
    event_id: str
    type: str
    subject: str
    sequence: int
    given_up: bool
    tries: int
    first_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One request to the receiver, and what came back."""

    number: int
    at: datetime
    kind: str
    result: str
    status: int | None
    milliseconds: int | None
    address: str | None
    error: str | None
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """An event that was sent, with its tries, the newest first. `attempt_id` names it for another sending."""

    attempt_id: int | None
    event_id: str
    type: str
    subject: str
    sequence: int
    kind: str
    result: str
    at: datetime
    coalesced: int
    tries: list[Try]


def endpoints(ctx: CallContext) -> list[Endpoint]:
    """Return the party's webhooks, the oldest first."""
    return [_endpoint(row) for row in _counted(ctx).order_by("created_at", "pk")]


def endpoint(ctx: CallContext, webhook_id: str) -> Endpoint:
    """Return one webhook. Raises NotFound where it is absent or invisible."""
    row = _counted(ctx).filter(pk=webhook_id).first()
    if row is None:
        raise NotFound
    return _endpoint(row)


def queued(ctx: CallContext, webhook_id: str) -> list[Queued]:
    """Return what waits, the next first, behind what was given up, the newest first; some of each.

    Raises NotFound where the webhook is absent or invisible.
    """
    rows = deliveries(ctx, webhook_id)
    dead = rows.filter(state=DeliveryState.DEAD).order_by("-first_at")[:_SHOWN]
    waiting = rows.filter(state=DeliveryState.READY).order_by("due_at", "pk")[:_SHOWN]
    return [_queued(row) for row in (*dead, *waiting)]


def recent(ctx: CallContext, webhook_id: str, *, before: str = "") -> tuple[list[Delivered], str]:
    """Return deliveries with their tries, the newest first, and the mark of where older ones begin, or nothing.

    Raises NotFound where the webhook is absent or invisible, or `before` is no mark.
    """
    rows = attempts(ctx, webhook_id)
    if before:
        at, pk = _position(before)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    newest = list(rows.order_by("-at", "-pk")[: _TRIES + 1])
    shown = newest[:_TRIES]
    by_delivery = sorted(shown, key=lambda each: -each.delivery_id)  # stable: the newest first inside each
    groups = [list(group) for _, group in groupby(by_delivery, key=lambda each: each.delivery_id)]
    groups.sort(key=lambda group: (group[0].at, group[0].pk), reverse=True)
    return [_delivered(group) for group in groups], _mark(shown[-1]) if len(newest) > _TRIES else ""


def position_of(ctx: CallContext, webhook_id: str, *, attempt: int | None, delivery: int | None) -> int:
    """Return the place in the log of an event that was sent to the party once: it may have that again, no other.

    Raises NotFound where there is no such delivery that the party may see.
    """
    rows: Any = attempts(ctx, webhook_id).filter(pk=attempt or 0)
    if delivery is not None:
        rows = deliveries(ctx, webhook_id).filter(pk=delivery)
    position: int | None = rows.values_list("position", flat=True).first()
    if position is None:
        raise NotFound
    return position


def _counted(ctx: CallContext) -> Any:
    """Return the webhooks with their lanes and, counted up to a bound, what waits and what was given up."""

    def count(state: DeliveryState) -> Func:
        rows = Delivery.objects.visible_to(ctx.principal).filter(webhook_id=OuterRef("pk"), state=state)
        some = ArraySubquery(rows.values("pk")[: _COUNTED + 1])
        return Func(some, function="cardinality", output_field=IntegerField())

    counted = {"waiting": count(DeliveryState.READY), "given_up": count(DeliveryState.DEAD)}
    return webhooks(ctx).select_related("lane").annotate(**counted)


def _endpoint(row: Any) -> Endpoint:
    health, kind, details = _health(row)
    return Endpoint(
        webhook_id=row.pk,
        url=row.url,
        status=row.status,
        event_types=["every type" if each == "*" else each for each in row.event_types],
        filters=[(name, ", ".join(values)) for name, values in sorted(row.filters.items())],
        kind=kind,
        health=health,
        details=details,
        waiting=_bounded(row.waiting),
        given_up=_bounded(row.given_up),
        created_at=row.created_at,
    )


def _health(row: Webhook) -> tuple[str, str, str]:
    """Return how a webhook is: a word, its colour, and what there is to say about it."""
    if row.status == WebhookStatus.PAUSED:
        return "paused", "", "It collects nothing and sends nothing"
    if row.status == WebhookStatus.DISABLED:
        return "disabled", "bad", row.disabled_reason or ""
    if row.lane.failing_since is None:
        return "healthy", "good", ""
    failures = "1 failure" if row.lane.fails == 1 else f"{row.lane.fails:,} failures in a row"
    return "failing", "bad", f"since {row.lane.failing_since:%Y-%m-%d %H:%M}, {failures}"


def _queued(row: Delivery) -> Queued:
    return Queued(
        delivery_id=row.pk,
        event_id=public_event_id(row.event_id),
        type=row.type,
        subject=row.subject,
        sequence=row.sequence,
        given_up=row.state == DeliveryState.DEAD,
        tries=row.attempts,
        first_at=row.first_at,
        due_at=row.due_at,
    )


def _delivered(tries: Sequence[Attempt]) -> Delivered:
    last = tries[0]
    return Delivered(
        attempt_id=None if last.position is None else last.pk,
        event_id=public_event_id(last.event_id),
        type=last.type,
        subject=last.subject,
        sequence=last.sequence,
        kind=_KINDS.get(last.outcome, ""),
        result=_WORDS[last.outcome],
        at=last.at,
        coalesced=last.coalesced,
        tries=[_try(each) for each in tries],
    )


def _try(row: Attempt) -> Try:
    return Try(
        number=row.number,
        at=row.at,
        kind=_KINDS.get(row.outcome, ""),
        result=_WORDS[row.outcome],
        status=row.status,
        milliseconds=row.milliseconds,
        address=row.address,
        error=row.error,
        answer=row.answer,
    )


def _bounded(count: int) -> str:
    return f"more than {_COUNTED:,}" if count > _COUNTED else f"{count:,}"


def _mark(row: Attempt) -> str:
    return f"{(row.at - _EPOCH) // _MICROSECOND}.{row.pk}"


def _position(mark: str) -> tuple[datetime, int]:
    moment, _, pk = mark.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in (moment, pk)):
        raise NotFound
    try:
        return _EPOCH + int(moment) * _MICROSECOND, int(pk)
    except OverflowError as error:
        raise NotFound from error
