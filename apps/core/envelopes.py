"""The envelope of an event: one JSON object that is a Standard Webhooks payload and a CloudEvents 1.0 event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.ids import encode_id
from apps.core.times import rfc3339

# Where an event's subject lives, by the first word of its type. The subject of a stock item and of a batch begins with
# its supplier.
_COLLECTIONS = {
    "inventory": "suppliers",
    "batch": "suppliers",
    "reservation": "reservations",
    "order": "orders",
    "transfer": "transfers",
    "shipment": "shipments",
    "return": "returns",
    "product": "products",
    "operation": "operations",
    "webhook": "webhooks",
}


def envelope(
    *,
    event_id: UUID,
    event_type: str,
    subject: str,
    sequence: int,
    occurred_at: datetime,
    tenant_code: str,
    data: Any,
) -> dict[str, Any]:
    """Return the event as one reader gets it; `data` is what the reader may see of it."""
    moment = rfc3339(occurred_at)
    return {
        "specversion": "1.0",
        "id": public_event_id(event_id),
        "source": _source(event_type, subject),
        "type": event_type,
        "subject": subject,
        "time": moment,
        "timestamp": moment,
        "datacontenttype": "application/json",
        # Text: CloudEvents knows integers of 32 bits only.
        "sequence": str(sequence),
        "tenantid": tenant_code,
        "data": data,
    }


def public_event_id(event_id: UUID) -> str:
    """Return the id that an event has outside; it is the same over retries and on every road."""
    return encode_id("evt", event_id)


def _source(event_type: str, subject: str) -> str:
    collection = _COLLECTIONS.get(event_type.partition(".")[0])
    return f"/v1/{collection}/{subject.partition('/')[0]}" if collection else "/v1/events"
