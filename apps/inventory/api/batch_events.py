"""`batch.held` and `batch.released`: the same notice to everybody whom it concerns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import MomentText, View
from apps.core.http.event_views import EventView
from apps.core.times import rfc3339
from apps.outbox.types import LoggedEvent


class BatchNoticeView(View):
    """Which batch, whose (null: the house's), and why. Nobody's numbers are in it: `traceBatch` has them."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str
    expiration_date: MomentText | None
    held: bool
    reason: str | None


class BatchHeldEvent(EventView):
    """Nothing of the batch is offered, sold or shipped any more."""

    type: Literal["batch.held"]
    data: BatchNoticeView


class BatchReleasedEvent(EventView):
    """The batch is offered again."""

    type: Literal["batch.released"]
    data: BatchNoticeView


def render_batches(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render batch.held and batch.released; None for a batch that does not concern the reader."""
    del now  # a notice does not change
    return [_notice(event) if _concerns(event.facts, reader) else None for event in events]


def _concerns(facts: dict[str, Any], reader: Principal) -> bool:
    match reader.party:
        case PartyType.TENANT:
            return True
        case PartyType.SUPPLIER:
            return bool(facts["supplierId"] == reader.party_id) and facts["retailPartnerId"] is None
        case PartyType.RETAIL_PARTNER:
            return facts["retailPartnerId"] == reader.party_id or reader.party_id in facts["partners"]


def _notice(event: LoggedEvent) -> dict[str, Any]:
    facts = event.facts
    expires_at = facts["expiresAt"]
    view = BatchNoticeView(
        supplier_id=facts["supplierId"],
        product_id=facts["productId"],
        retail_partner_id=facts["retailPartnerId"],
        batch_number=facts["batch"],
        expiration_date=rfc3339(datetime.fromisoformat(expires_at)) if expires_at else None,
        held=event.type == "batch.held",
        reason=facts["reason"],
    )
    data: dict[str, Any] = msgspec.to_builtins(view)
    return data
