"""Events of stock as the document shows them."""

from typing import Literal

from apps.core.http.bodies import View
from apps.core.http.event_views import EventView
from apps.inventory.api.schemas import ItemView, OfferedItemView


class PreviousView(View):
    """What the item was before."""

    inventory_level: int
    reserved_quantity: int


class CauseView(View):
    """Why it changed; a change of settings has no transaction."""

    transaction_id: str | None
    type: str
    reference: str | None


class UpdatedItemView(ItemView):
    """The item, what it was before and why it changed."""

    previous: PreviousView
    cause: CauseView


class InventoryUpdatedEvent(EventView):
    """An item has a new version: its numbers or its settings changed."""

    type: Literal["inventory.updated"]
    data: UpdatedItemView | OfferedItemView


class ChangesPage(View):
    """Events as webhooks carry them, and where to go on."""

    data: list[InventoryUpdatedEvent]
    next_cursor: str
    has_more: bool
