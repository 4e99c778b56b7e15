"""What is available: on hand less reserved less on hold, on batches that are neither held nor expired.

The kernel picks by the same rule (`availability.sql`, `pools.sql`); a test holds the two together.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.inventory.types import ItemFacts, LevelFacts, OfferTerms, PoolFacts, StockStatus


def available(levels: Iterable[LevelFacts], *, at: datetime) -> int:
    """Return the quantity that may be promised at a moment, in base units."""
    return sum(
        level.on_hand - level.reserved - level.on_hold
        for level in levels
        if not level.held and (level.expires_at is None or level.expires_at > at)
    )


def offered_until(terms: OfferTerms, *, at: datetime) -> datetime:
    """Return the moment beyond which a batch must last to be offered to a retail partner."""
    return at + timedelta(days=terms.shelf_life_days)


def offered(facts: ItemFacts, retail_partner_id: str, terms: OfferTerms, *, at: datetime) -> int:
    """Return what a retail partner may take of a house item: batches that last, as far as others' pools leave it."""
    lasting = available(facts.levels, at=offered_until(terms, at=at))
    if not facts.pools:
        return lasting
    kept = _kept_for_others(facts.pools, retail_partner_id, terms.channel, at)
    return max(0, min(lasting, available(facts.levels, at=at) - kept))


def stock_status(quantity: int, reorder_threshold: int | None) -> StockStatus:
    """Return availability in a word."""
    if quantity <= 0:
        return StockStatus.OUT_OF_STOCK
    if reorder_threshold is not None and quantity <= reorder_threshold:
        return StockStatus.LOW_STOCK
    return StockStatus.IN_STOCK


def _kept_for_others(pools: Iterable[PoolFacts], partner: str, channel: str | None, at: datetime) -> int:
    """Return the open share of the pools of others that may not be borrowed at the moment."""
    live = [pool for pool in pools if pool.ends_at is None or pool.ends_at > at]
    own = next((pool for pool in live if pool.retail_partner == partner), None) or next(
        (pool for pool in live if channel is not None and pool.channel == channel), None
    )
    return sum(
        pool.open for pool in live if pool is not own and (pool.borrowable_until is None or pool.borrowable_until <= at)
    )
