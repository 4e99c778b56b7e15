"""Events as one reader sees them, on every road: by the functions that serve that reader's GET."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.context import Principal
from apps.core.envelopes import envelope
from apps.outbox.types import EventRenderer, LoggedEvent


def envelopes_for(
    reader: Principal, events: Sequence[LoggedEvent], now: datetime, *, tenant_code: str
) -> list[dict[str, Any] | None]:
    """Return each event's envelope, inside a transaction of the tenant; None where the reader may not see its subject.

    An event of which nobody says what a reader may see (settings.OUTBOX_RENDERERS) is nobody's to see.
    """
    of_type: dict[str, list[int]] = defaultdict(list)
    for number, event in enumerate(events):
        of_type[event.type].append(number)
    told: list[dict[str, Any] | None] = [None] * len(events)
    for event_type, numbers in of_type.items():
        render = _renderer(event_type)
        if render is None:
            continue
        seen = render([events[number] for number in numbers], reader, now)
        for number, data in zip(numbers, seen, strict=True):
            if data is not None:
                told[number] = _envelope(events[number], data, tenant_code)
    return told


def _envelope(event: LoggedEvent, data: Any, tenant_code: str) -> dict[str, Any]:
    return envelope(
        event_id=event.event_id,
        event_type=event.type,
        subject=event.subject,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        tenant_code=tenant_code,
        data=data,
    )


@cache
def _renderer(event_type: str) -> EventRenderer | None:
    path = settings.OUTBOX_RENDERERS.get(event_type)
    renderer: EventRenderer | None = import_string(path) if path else None
    return renderer
