"""Events as one reader sees them: by the functions that serve webhooks too (settings.OUTBOX_RENDERERS)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.context import Principal
from apps.core.envelopes import envelope
from apps.feed.types import RenderedEvent
from apps.outbox.types import EventRenderer, LoggedEvent
from apps.tenancy.queries import tenant_code


def rendered_for(reader: Principal, events: Sequence[LoggedEvent], now: datetime) -> list[RenderedEvent]:
    """Return the events that the reader may see, in their order, inside a transaction of the tenant.

    An event of which nobody says what a reader may see is nobody's to see.
    """
    of_type: dict[str, list[LoggedEvent]] = defaultdict(list)
    for event in events:
        of_type[event.type].append(event)
    shown: dict[int, Any] = {}
    for event_type, group in of_type.items():
        render = _renderer(event_type)
        if render is not None:
            shown.update(zip((each.position for each in group), render(group, reader, now), strict=True))
    code = tenant_code(reader.tenant_id)
    return [_rendered(event, shown[event.position], code) for event in events if shown.get(event.position) is not None]


def _rendered(event: LoggedEvent, data: Any, code: str) -> RenderedEvent:
    told = envelope(
        event_id=event.event_id,
        event_type=event.type,
        subject=event.subject,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        tenant_code=code,
        data=data,
    )
    return RenderedEvent(position=event.position, type=event.type, envelope=told)


@cache
def _renderer(event_type: str) -> EventRenderer | None:
    path = settings.OUTBOX_RENDERERS.get(event_type)
    renderer: EventRenderer | None = import_string(path) if path else None
    return renderer
