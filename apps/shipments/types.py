"""What shipment commands take and return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec


@dataclass(frozen=True, slots=True)
class ItemToPack:
    """How much of a product goes into a package, and of which batch if one was picked."""

    product_id: str
    quantity: int
    unit: str | None
    batch_number: str | None


@dataclass(frozen=True, slots=True)
class NewPackage:
    """A box or pallet."""

    sscc: str | None
    items: Sequence[ItemToPack]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShipment:
    """A shipment to pack; without a code it gets one."""

    shipment_id: str | None
    order_id: str
    from_warehouse_id: str | None
    carrier: str | None
    tracking_number: str | None
    expected_at: datetime | None
    packages: Sequence[NewPackage]
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class ArrivedItem:
    """What arrived of a product: good and damaged pieces; without a batch, of those that expire first."""

    product_id: str
    batch_number: str | None
    unit: str | None
    received: int
    damaged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDiscrepancy:
    """How much of a product that was received is not what was sent."""

    shipment_id: str
    product_id: str
    batch_number: str | None
    kind: str
    quantity: int
    unit: str | None
    note: str | None


class PackedItemFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What is packed of a product."""

    product_id: str
    batch: str | None
    quantity: int


class PackageFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A box or pallet and what is in it."""

    sscc: str | None
    items: list[PackedItemFacts]


class ParcelFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What left of one batch, and what became of it; `expires_at` as of when it left."""

    product_id: str
    batch: str | None
    expires_at: datetime | None
    shipped: int
    received: int
    damaged: int
    over: int
    short: int

    @property
    def in_transit(self) -> int:
        """What is still under way."""
        return self.shipped + self.over - self.received - self.damaged - self.short


class ShipmentFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A shipment at one version."""

    shipment_id: str
    version: int
    status: str
    order_id: str
    supplier_id: str
    retail_partner_id: str | None
    from_warehouse: str | None
    delivery_warehouse: str | None
    carrier: str | None
    tracking_number: str | None
    expected_at: datetime | None
    attributes: dict[str, str]
    created_at: datetime
    updated_at: datetime
    dispatched_at: datetime | None
    delivered_at: datetime | None
    packages: list[PackageFacts]
    parcels: list[ParcelFacts]


class DiscrepancyFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """Where what was received is not what was sent."""

    discrepancy_id: str
    version: int
    status: str
    kind: str
    order_id: str
    shipment_id: str
    supplier_id: str
    retail_partner_id: str | None
    product_id: str
    batch: str | None
    quantity: int
    party: str
    note: str | None
    resolution: str | None
    created_at: datetime
    resolved_at: datetime | None
