from typing import Annotated, Any

import msgspec

from apps.core.http.bodies import View
from apps.core.http.event_views import EventView


class FeedEventView(EventView):
    """An event of any type: what a webhook is sent. Its `data` is that of the type, as the caller sees it."""

    type: Annotated[str, msgspec.Meta(description="Such as `inventory.updated`; ignore types that you do not know.")]
    data: dict[str, Any]


class EventsPage(View):
    """Events as webhooks carry them, and where to go on."""

    data: list[FeedEventView]
    next_cursor: str
    has_more: bool
