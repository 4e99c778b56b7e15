"""What is told of batches. What is told of items and reservations, the kernel writes itself."""

from datetime import datetime

from apps.inventory.types import ItemFacts
from apps.outbox.types import Event

HELD = "batch.held"
RELEASED = "batch.released"


def batch_held(
    item: ItemFacts, number: str, *, expires_at: datetime | None, reason: str | None, to: list[str]
) -> Event:
    """Tell that a batch is held; `to` are the retail partners that a house batch concerns."""
    return _of_batch(HELD, item, number, {"expiresAt": _text(expires_at), "reason": reason, "partners": to})


def batch_released(
    item: ItemFacts, number: str, *, expires_at: datetime | None, reason: str | None, to: list[str]
) -> Event:
    """Tell that a batch is held no longer."""
    return _of_batch(RELEASED, item, number, {"expiresAt": _text(expires_at), "reason": reason, "partners": to})


def _of_batch(event_type: str, item: ItemFacts, number: str, facts: dict[str, object]) -> Event:
    subject = "/".join(filter(None, (item.supplier_id, item.product_id, item.retail_partner_id)))
    places = sorted({level.warehouse for level in item.levels if level.batch == number})
    named = {
        "supplierId": item.supplier_id,
        "productId": item.product_id,
        "retailPartnerId": item.retail_partner_id,
        "warehouses": places,
        "batch": number,
    }
    return Event(type=event_type, subject=f"{subject}@{number}", sequence=item.version, facts={**named, **facts})


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
