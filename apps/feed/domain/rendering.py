"""Events as one reader of the log sees them."""

from collections.abc import Sequence
from datetime import datetime

from apps.core.context import Principal
from apps.feed.types import RenderedEvent
from apps.outbox.rendering import envelopes_for
from apps.outbox.types import LoggedEvent
from apps.tenancy.queries import tenant_code


def rendered_for(reader: Principal, events: Sequence[LoggedEvent], now: datetime) -> list[RenderedEvent]:
    """Return the events that the reader may see, in their order, inside a transaction of the tenant."""
    told = envelopes_for(reader, events, now, tenant_code=tenant_code(reader.tenant_id))
    return [
        RenderedEvent(position=event.position, type=event.type, envelope=envelope)
        for event, envelope in zip(events, told, strict=True)
        if envelope is not None
    ]
