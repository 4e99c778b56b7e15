"""Which items a subscriber may have a snapshot of."""

from collections.abc import Mapping

from apps.core.context import CallContext
from apps.inventory.queries.stock import key_of, stock_items
from apps.inventory.types import ItemFacts

_FILTERS = {"supplierId": "supplier", "productId": "product", "warehouseLocation": "warehouse"}


def visible_items(
    ctx: CallContext, filters: Mapping[str, list[str]], *, after: str, limit: int
) -> list[tuple[str, int]]:
    """Return up to `limit` items that the caller may see, as subjects of events, each with its version.

    In the order of supplier, product and partner, behind the subject `after`.
    """
    supplier, _, rest = after.partition("/")
    product, _, partner = rest.partition("/")
    wanted = {_FILTERS[name]: codes for name, codes in filters.items()}
    key = (supplier, product, partner) if after else None
    stock = stock_items(ctx, wanted, after=key, descending=False, limit=limit)
    return [(subject_of(each.facts), each.facts.version) for each in stock]


def subject_of(facts: ItemFacts) -> str:
    """Return the subject of an item's events."""
    return "/".join(filter(None, key_of(facts)))
