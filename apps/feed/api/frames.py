"""How a stream looks: Server-Sent Events."""

import random

import msgspec

from apps.feed.api.cursors import cursor_at
from apps.feed.types import RenderedEvent

MEDIA_TYPE = "text/event-stream"
_FIRST, _LAST = 1000, 5000


def event_frame(tenant_id: int, event: RenderedEvent) -> bytes:
    """Return an event: its id is the cursor behind it, its data the envelope that a webhook is sent."""
    head = f"event: {event.type}\nid: {cursor_at(tenant_id, event.position)}\ndata: ".encode()
    return head + msgspec.json.encode(event.envelope) + b"\n\n"


def position_frame(tenant_id: int, position: int) -> bytes:
    """Return a bare id: the reader's next `Last-Event-ID`, and no event."""
    return f"id: {cursor_at(tenant_id, position)}\n\n".encode()


def opening_frame() -> bytes:
    """Return how long a client waits before it comes back: each another time, so that they do not come all at once."""
    return f"retry: {random.randint(_FIRST, _LAST)}\n".encode()  # noqa: S311 -- spreads load, guards nothing
