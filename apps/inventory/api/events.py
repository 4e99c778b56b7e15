"""Events of stock as one reader sees them: the same rendering as GET, for webhooks, feed and stream."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from apps.core.context import CallContext, PartyType, Principal
from apps.core.ids import encode_id
from apps.core.structs import convert
from apps.core.times import rfc3339
from apps.inventory.api.schemas import render_item, sees_all
from apps.inventory.queries.stock import ItemKey, stock_of
from apps.inventory.queries.terms import Offers, offers_to
from apps.inventory.types import ItemFacts
from apps.outbox.types import LoggedEvent

_Data = Callable[[LoggedEvent, Principal, Offers, datetime], dict[str, Any]]


def render_updates(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render `inventory.updated`; None for an item that the reader may not see (now: an agreement may have ended)."""
    return _rendered(events, reader, now, _update)


def render_snapshots(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render `inventory.snapshot`: what each item is now; None where the reader may not see it, or it is gone."""
    keys = [_key(event) for event in events]
    found = stock_of(CallContext(principal=reader, now=now, request_id=""), keys)
    return [
        msgspec.to_builtins(render_item(found[key].facts, reader, found[key].terms, at=now)) if key in found else None
        for key in keys
    ]


def render_crossings(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render low_stock, out_of_stock and back_in_stock; a single warehouse's are not a retail partner's to know."""
    return _rendered(events, reader, now, _crossing)


def render_expiring(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render `inventory.expiring`: for those who see the whole item."""
    return _rendered(events, reader, now, _expiring)


def render_discrepancies(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render `inventory.discrepancy`: a stated value that was not booked, for those who see the whole item."""
    return _rendered(events, reader, now, _discrepancy)


def _rendered(events: Sequence[LoggedEvent], reader: Principal, now: datetime, data: _Data) -> list[Any]:
    offers = offers_to(reader, now)
    return [data(event, reader, offers, now) if _visible(event.facts, reader, offers) else None for event in events]


def _visible(facts: dict[str, Any], reader: Principal, offers: Offers) -> bool:
    match reader.party:
        case PartyType.TENANT:
            return True
        case PartyType.SUPPLIER:
            return bool(facts["supplierId"] == reader.party_id) and facts["retailPartnerId"] is None
        case PartyType.RETAIL_PARTNER:
            if facts["retailPartnerId"] is not None:
                return bool(facts["retailPartnerId"] == reader.party_id)
            whole = facts.get("warehouse") or "item" not in facts or "batch" in facts
            return not whole and offers.of(facts["supplierId"], facts["productId"]) is not None


def _key(event: LoggedEvent) -> ItemKey:
    supplier, product, *partner = event.subject.split("/")
    return supplier, product, partner[0] if partner else ""


def _item(event: LoggedEvent, reader: Principal, offers: Offers, now: datetime) -> tuple[ItemFacts, dict[str, Any]]:
    facts = convert(event.facts["item"], ItemFacts)
    terms = offers.of(facts.supplier_id, facts.product_id)
    data: dict[str, Any] = msgspec.to_builtins(render_item(facts, reader, terms, at=now))
    return facts, data


def _update(event: LoggedEvent, reader: Principal, offers: Offers, now: datetime) -> dict[str, Any]:
    facts, data = _item(event, reader, offers, now)
    if not sees_all(facts, reader):
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


def _crossing(event: LoggedEvent, reader: Principal, offers: Offers, now: datetime) -> dict[str, Any]:
    facts, data = _item(event, reader, offers, now)
    if sees_all(facts, reader):
        data["crossing"] = {
            "warehouseLocation": event.facts["warehouse"],
            "availableQuantity": event.facts["available"],
            "reorderThreshold": event.facts["threshold"],
        }
    return data


def _expiring(event: LoggedEvent, reader: Principal, offers: Offers, now: datetime) -> dict[str, Any]:
    _, data = _item(event, reader, offers, now)
    data["expiring"] = {
        "batchNumber": event.facts["batch"],
        "expirationDate": rfc3339(datetime.fromisoformat(event.facts["expiresAt"])),
        "inventoryLevel": event.facts["onHand"],
    }
    return data


def _discrepancy(event: LoggedEvent, reader: Principal, offers: Offers, now: datetime) -> dict[str, Any]:
    del reader, offers, now  # the same to everybody who sees it
    review = event.facts["review"]
    return {
        "reviewId": encode_id("rev", UUID(review["id"])),
        "supplierId": event.facts["supplierId"],
        "productId": event.facts["productId"],
        "retailPartnerId": event.facts["retailPartnerId"],
        "warehouseLocation": review["warehouse"],
        "batchNumber": review["batch"],
        "source": review["source"],
        "statedQuantity": review["stated"],
        "inventoryLevel": review["onHand"],
        "difference": review["difference"],
        "reason": review["reason"],
        "statedAt": rfc3339(datetime.fromisoformat(review["statedAt"])),
    }
