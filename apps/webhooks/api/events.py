"""What a reader sees of this app's events (settings.OUTBOX_RENDERERS)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from apps.core.context import Principal
from apps.core.http.bodies import View
from apps.core.http.event_views import EventView
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


def render_tests(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render test events for those who may see the webhook that they test."""
    asked = {event.subject for event in events}
    seen = set(Webhook.objects.visible_to(reader).filter(pk__in=asked).values_list("pk", flat=True))
    return [
        {"webhookId": event.subject, "message": "This is a test: the webhook works."} if event.subject in seen else None
        for event in events
    ]
