"""What is available: on hand less reserved less on hold, on batches that have not expired."""

from collections.abc import Iterable
from datetime import datetime

from apps.inventory.types import LevelFacts, StockStatus


def available(levels: Iterable[LevelFacts], *, at: datetime) -> int:
    """Return the quantity that may be promised at a moment, in base units."""
    return sum(
        level.on_hand - level.reserved - level.on_hold
        for level in levels
        if level.expires_at is None or level.expires_at > at
    )


def stock_status(quantity: int, reorder_threshold: int | None) -> StockStatus:
    """Return availability in a word."""
    if quantity <= 0:
        return StockStatus.OUT_OF_STOCK
    if reorder_threshold is not None and quantity <= reorder_threshold:
        return StockStatus.LOW_STOCK
    return StockStatus.IN_STOCK
