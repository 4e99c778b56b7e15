"""Events of stock as one reader sees them: the same rendering as GET, for webhooks, feed and stream."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from apps.core.context import PartyType, Principal
from apps.core.ids import encode_id
from apps.core.structs import convert
from apps.inventory.api.schemas import render_item
from apps.inventory.types import ItemFacts
from apps.outbox.types import LoggedEvent
from apps.retail_partners.queries import agreements_in_force


def render_updates(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render `inventory.updated`; None for an item that the reader may not see (now: an agreement may have ended)."""
    visible = _visibility(reader, now)
    return [_update(event, reader, now) if visible(event.facts) else None for event in events]


def _update(event: LoggedEvent, reader: Principal, now: datetime) -> dict[str, Any]:
    facts = convert(event.facts["item"], ItemFacts)
    data: dict[str, Any] = msgspec.to_builtins(render_item(facts, reader, at=now))
    if reader.party is PartyType.RETAIL_PARTNER and facts.retail_partner_id != reader.party_id:
        return data  # what the item was before, and why it changed, is not the partner's to know
    previous, cause = event.facts["previous"], event.facts["cause"]
    transaction_id = cause["transactionId"]
    data["previous"] = {"inventoryLevel": previous["onHand"], "reservedQuantity": previous["reserved"]}
    data["cause"] = {
        "transactionId": encode_id("txn", UUID(transaction_id)) if transaction_id else None,
        "type": cause["type"],
        "reference": cause["reference"],
    }
    return data


def _visibility(reader: Principal, now: datetime) -> Callable[[dict[str, Any]], bool]:
    match reader.party:
        case PartyType.TENANT:
            return lambda _facts: True
        case PartyType.SUPPLIER:
            return lambda facts: facts["supplierId"] == reader.party_id and facts["retailPartnerId"] is None
        case PartyType.RETAIL_PARTNER:
            agreed = set(
                agreements_in_force(reader.tenant_id, reader.party_id, on=now.date()).values_list(
                    "supplier_id", "product_id"
                )
            )
            return lambda facts: (
                facts["retailPartnerId"] == reader.party_id
                or (
                    facts["retailPartnerId"] is None
                    and not agreed.isdisjoint({(facts["supplierId"], None), (facts["supplierId"], facts["productId"])})
                )
            )
