"""What a retail partner is shown of stock that is not its own: what it may have, and nobody else's numbers."""

from collections.abc import Iterable
from typing import Any

from tests.model.stock import NEVER, Booked, Item, word


def sees_all(item: Item, party: str) -> bool:
    """Tell whether a party sees an item's numbers: all but a retail partner, and that one of its own item."""
    return party != "R1" or item.key.partner == party


def offer(item: Item, partner: str) -> Any:
    """Return an item as a retail partner sees it."""
    item = item.as_read()
    lasting = {place: level.free for place, level in item.levels.items() if item.offered_to(place, partner)}
    may_have = sum(lasting.values())
    if item.pools:
        may_have = max(0, min(may_have, item.available - item.kept_from(partner)))
    batches: dict[str, int] = {}
    for place, free in lasting.items():
        if place.batch is not None and min(free, may_have) > 0:
            batches[place.batch] = min(may_have, batches.get(place.batch, 0) + free)
    shown = sorted((batch, (item.expiries.get(batch) or NEVER)[:10], quantity) for batch, quantity in batches.items())
    return item.key.supplier, item.key.product, item.version, may_have, word(may_have, item.threshold), shown


def seen_offer(body: dict[str, Any]) -> Any:
    """Return what the API shows of it, in the words of `offer`."""
    named = {"supplierId", "productId", "availableQuantity", "stockStatus", "leadTimeDays", "batchNumber"}
    assert set(body) == named | {"expirationDate", "lastUpdated", "version", "batches"}, body
    shown = sorted(
        (each["batchNumber"], (each["expirationDate"] or NEVER)[:10], each["availableQuantity"])
        for each in body["batches"]
    )
    names = ("supplierId", "productId", "version", "availableQuantity", "stockStatus")
    return (*(body[name] for name in names), shown)


def offered_movement(item: Item, booked: Iterable[Booked], partner: str) -> Any:
    """Return what a movement left behind, as the retail partner sees it that posted it."""
    return offer(item, partner), sorted((b.kind, abs(b.change.reserved)) for b in booked)


def seen_offered_movement(body: dict[str, Any]) -> Any:
    """Return what the API says of it, in the words of `offered_movement`."""
    assert all("inventoryLevelAfter" not in each for each in body["transactions"]), body
    return seen_offer(body["item"]), sorted((each["type"], each["quantity"]) for each in body["transactions"])
