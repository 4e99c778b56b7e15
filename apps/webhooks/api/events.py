"""What a reader sees of this app's events (settings.OUTBOX_RENDERERS)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from apps.core.context import Principal
from apps.core.http.bodies import MomentText, View
from apps.core.http.event_views import EventView
from apps.core.times import rfc3339
from apps.outbox.types import LoggedEvent
from apps.webhooks.models import Webhook


class TestMessage(View):
    """What a test event says."""

    webhook_id: str
    message: str


class WebhookTestEvent(EventView):
    """A test that was asked for, sent to one webhook only."""

    type: Literal["webhook.test"]
    data: TestMessage


class WebhookTrouble(View):
    """Of which webhook, where it leads, since when its receiver has failed, and why it was disabled."""

    webhook_id: str
    url: str
    failing_since: MomentText | None
    reason: str | None


class WebhookFailingEvent(EventView):
    """A receiver has failed for an hour, a day or 60 hours, without one success."""

    type: Literal["webhook.failing"]
    data: WebhookTrouble


class WebhookDisabledEvent(EventView):
    """A webhook was disabled: its receiver failed for 72 hours, or said that it is gone."""

    type: Literal["webhook.disabled"]
    data: WebhookTrouble


def render_troubles(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render `webhook.failing` and `webhook.disabled` for those who may see the webhook."""
    seen = _seen(events, reader)
    return [
        {
            "webhookId": event.subject,
            "url": event.facts["url"],
            "failingSince": _moment(event.facts["failingSince"]),
            "reason": event.facts["reason"],
        }
        if event.subject in seen
        else None
        for event in events
    ]


def render_tests(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render test events for those who may see the webhook that they test."""
    seen = _seen(events, reader)
    return [
        {"webhookId": event.subject, "message": "This is a test: the webhook works."} if event.subject in seen else None
        for event in events
    ]


def _seen(events: Sequence[LoggedEvent], reader: Principal) -> set[str]:
    asked = {event.subject for event in events}
    return set(Webhook.objects.visible_to(reader).filter(pk__in=asked).values_list("pk", flat=True))


def _moment(text: str | None) -> str | None:
    return rfc3339(datetime.fromisoformat(text)) if text else None
