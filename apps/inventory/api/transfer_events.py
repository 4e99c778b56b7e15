"""Events of transfers: as the document shows them, and as one reader sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from apps.core.context import Principal
from apps.core.http.event_views import EventView
from apps.core.structs import convert
from apps.inventory.api.transfer_schemas import TransferView, rendered_transfer
from apps.inventory.queries.transfers import TransferFacts, may_see
from apps.outbox.types import LoggedEvent


class TransferShippedEvent(EventView):
    """All of a transfer has left its source."""

    type: Literal["transfer.shipped"]
    data: TransferView


class TransferReceivedEvent(EventView):
    """Something of a transfer has arrived, or was written off; its status tells whether that was all."""

    type: Literal["transfer.received"]
    data: TransferView


class TransferCancelledEvent(EventView):
    """A transfer was cancelled; what was under way has gone back."""

    type: Literal["transfer.cancelled"]
    data: TransferView


def render_transfers(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[TransferView | None]:
    """Return each event's transfer as it was then; None where it is not the reader's to see."""
    del now  # who sees a transfer never changes
    return [_rendered(convert(event.facts["transfer"], TransferFacts), reader) for event in events]


def _rendered(facts: TransferFacts, reader: Principal) -> TransferView | None:
    return rendered_transfer(facts, reader) if may_see(reader, facts) else None
