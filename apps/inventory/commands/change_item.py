"""Set an item's level to an absolute quantity, or its settings."""

from apps.core.context import CallContext
from apps.inventory.domain import kernel
from apps.inventory.types import ItemChange, MovementFacts
from apps.outbox.types import Outcome
from apps.outbox.waker import wake_relay


def change_item(ctx: CallContext, change: ItemChange) -> Outcome[MovementFacts]:
    """Book the difference to `inventory_level` as an adjustment and set what `settings` names; one version for both.

    Raises NotFound without an item, a version conflict for a stale version, AmbiguousLevel with several levels.
    """
    outcome = kernel.post_alone(ctx, kernel.change_line(change), change.expected)
    wake_relay()
    return outcome
