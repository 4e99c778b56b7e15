"""What may be done with a count, and with a stated value that was not believed, in which state: the only such table."""

from apps.core.errors import InvalidState
from apps.inventory.models import Count, Review

COUNTS = {
    (Count.OPEN, "count"): Count.OPEN,
    (Count.OPEN, "approve"): Count.APPROVED,
    (Count.OPEN, "cancel"): Count.CANCELLED,
}
REVIEWS = {
    (Review.OPEN, "approve"): Review.APPROVED,
    # A person may believe what the policy did not; a rejection would change nothing.
    (Review.OVERRULED, "approve"): Review.APPROVED,
    (Review.OPEN, "reject"): Review.REJECTED,
}


def next_count_status(status: str, verb: str) -> str:
    """Return the state that follows. Raises InvalidState where the verb is not for this one."""
    if (status, verb) not in COUNTS:
        raise InvalidState(f"The count is {status}.", currentStatus=status)
    return COUNTS[status, verb]


def next_review_status(status: str, verb: str) -> str:
    """Return the state that follows. Raises InvalidState where the verb is not for this one."""
    if (status, verb) not in REVIEWS:
        raise InvalidState(f"The value is {status}.", currentStatus=status)
    return REVIEWS[status, verb]
