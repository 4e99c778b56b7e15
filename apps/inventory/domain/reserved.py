"""What a reservation is at a moment: leases are judged by the clock, never by whether somebody swept them."""

from datetime import datetime

from apps.inventory.types import ReservationFacts, ReservationStatus, ReservedItemFacts

# What is said of a reservation of which nothing is held, by what became of its parts.
_ENDINGS = (
    ReservationStatus.COMMITTED,
    ReservationStatus.DISPLACED,
    ReservationStatus.EXPIRED,
    ReservationStatus.RELEASED,
)


def has_lapsed(facts: ReservationFacts, *, at: datetime) -> bool:
    """True from the moment on at which a reservation expires."""
    return facts.expires_at is not None and facts.expires_at <= at


def item_status(facts: ReservationFacts, item: ReservedItemFacts, *, at: datetime) -> ReservationStatus:
    """Return what the part about one item is."""
    state = ReservationStatus(item.state)
    if state is ReservationStatus.HELD and has_lapsed(facts, at=at):
        return ReservationStatus.EXPIRED
    return state


def reservation_status(facts: ReservationFacts, *, at: datetime) -> ReservationStatus:
    """Return `held` while anything is held, else the weightiest of what became of the parts."""
    found = {item_status(facts, item, at=at) for item in facts.items}
    if ReservationStatus.HELD in found:
        return ReservationStatus.HELD
    return next(ending for ending in _ENDINGS if ending in found)
