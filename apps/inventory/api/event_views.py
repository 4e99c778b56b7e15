"""Events of stock as the document shows them."""

from typing import Literal

from apps.core.http.bodies import MomentText, View
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


class InventorySnapshotEvent(EventView):
    """What an item is now: sent where a webhook asked for a resync."""

    type: Literal["inventory.snapshot"]
    data: ItemView | OfferedItemView


class CrossingView(View):
    """What crossed which threshold; the warehouse is null for the item as a whole."""

    warehouse_location: str | None
    available_quantity: int
    reorder_threshold: int | None


class CrossedItemView(ItemView):
    """The item, and what crossed a threshold."""

    crossing: CrossingView


class LowStockEvent(EventView):
    """What is available has fallen to the reorder threshold or below it. Told once per crossing."""

    type: Literal["inventory.low_stock"]
    data: CrossedItemView | OfferedItemView


class OutOfStockEvent(EventView):
    """Nothing is available any more. Told once per crossing."""

    type: Literal["inventory.out_of_stock"]
    data: CrossedItemView | OfferedItemView


class BackInStockEvent(EventView):
    """Something is available again. Told once per crossing."""

    type: Literal["inventory.back_in_stock"]
    data: CrossedItemView | OfferedItemView


class ExpiringBatchView(View):
    """The batch, when it expires and how much of it there is."""

    batch_number: str
    expiration_date: MomentText
    inventory_level: int


class ExpiringItemView(ItemView):
    """The item, and which of its batches expires."""

    expiring: ExpiringBatchView


class ExpiringEvent(EventView):
    """A batch that is on hand will expire soon. Told once per batch, to those who see its whole item."""

    type: Literal["inventory.expiring"]
    data: ExpiringItemView


class DisbelievedView(View):
    """A value that a source stated and that was not booked: overruled, or waiting for a person to decide."""

    review_id: str
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    warehouse_location: str
    batch_number: str | None
    source: str
    stated_quantity: int
    inventory_level: int
    difference: int
    reason: str
    stated_at: MomentText


class DiscrepancyEvent(EventView):
    """What a feed stated of a level contradicts the books and was not believed."""

    type: Literal["inventory.discrepancy"]
    data: DisbelievedView


class ChangesPage(View):
    """Events as webhooks carry them, and where to go on."""

    data: list[InventoryUpdatedEvent]
    next_cursor: str
    has_more: bool
