from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import (
    Attributes,
    AttributesChange,
    Body,
    Code,
    Moment,
    MomentText,
    ProductCode,
    Text,
    Version,
    View,
)
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.core.times import rfc3339
from apps.inventory.api.bodies import Quantity, Unit
from apps.shipments.models import Shipment
from apps.shipments.queries import facts_of
from apps.shipments.types import PackageFacts, ParcelFacts, ShipmentFacts

Sscc = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{18}(?!\n)$",
        description=(
            "GS1 Serial Shipping Container Code with its check digit; never used again, also where its shipment is "
            "cancelled."
        ),
        extra_json_schema={"format": "sscc"},
    ),
]
Arrived = Annotated[
    int, msgspec.Meta(ge=0, le=MAX_LINE_QUANTITY, description="Base units, or the unit that unitOfMeasure names.")
]
MAX_PACKAGES, MAX_ITEMS, MAX_ARRIVED = 200, 200, 1000


class PackedItemBody(Body):
    """What goes into a package; without a batch, of those held for the order that expire first."""

    product_id: ProductCode
    quantity: Quantity
    unit_of_measure: Unit | None = None
    batch_number: Code | None = None


class PackageBody(Body):
    """A box or pallet."""

    items: Annotated[list[PackedItemBody], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    sscc: Sscc | None = None


class ShipmentCreate(Body):
    order_id: Code
    packages: Annotated[list[PackageBody], msgspec.Meta(min_length=1, max_length=MAX_PACKAGES)]
    shipment_id: Code | None = None
    from_warehouse_location: Annotated[
        Code | None, msgspec.Meta(description="Where it is picked; otherwise wherever the order's stock is held.")
    ] = None
    carrier: Text | None = None
    tracking_number: Text | None = None
    expected_at: Moment | None = None
    attributes: Attributes = {}


class ShipmentChange(Body):
    carrier: Text | None | UnsetType = UNSET
    tracking_number: Text | None | UnsetType = UNSET
    expected_at: Moment | None | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class ShipmentDispatch(Body):
    """All that is packed leaves; `expectedAt` replaces what was said before."""

    expected_at: Moment | None = None
    occurred_at: Moment | None = None
    version: Version | UnsetType = UNSET


class ShipmentCancel(Body):
    version: Version | UnsetType = UNSET


class ArrivedItemBody(Body):
    """What arrived of a product: good pieces and damaged ones. Without a batch, of those that expire first."""

    product_id: ProductCode
    received: Arrived
    damaged: Arrived = 0
    unit_of_measure: Unit | None = None
    batch_number: Code | None = None


class ShipmentReceipt(Body):
    """What arrived; without items all that is under way. `complete` says that nothing more will."""

    items: Annotated[list[ArrivedItemBody], msgspec.Meta(min_length=1, max_length=MAX_ARRIVED)] | None = None
    complete: bool = False
    occurred_at: Moment | None = None
    version: Version | UnsetType = UNSET


class PackedItemView(View):
    """What is packed of a product, in base units."""

    product_id: str
    quantity: int
    batch_number: str | None


class PackageView(View):
    """A box or pallet."""

    sscc: str | None
    items: list[PackedItemView]


class ShippedBatchView(View):
    """What left of one batch of a product, and what became of it, in base units."""

    product_id: str
    batch_number: str | None
    expiration_date: MomentText | None
    shipped: int
    received: int
    damaged: int
    short: int
    over: int
    in_transit: int


class ShipmentView(View):
    """A shipment; the warehouse that it leaves is null to a retail partner."""

    shipment_id: str
    status: Annotated[str, msgspec.Meta(extra_json_schema={"x-extensible-enum": list(Shipment.STATUSES)})]
    order_id: str
    supplier_id: str
    retail_partner_id: str | None
    from_warehouse_location: str | None
    delivery_warehouse: str | None
    carrier: str | None
    tracking_number: str | None
    expected_at: MomentText | None
    discrepancy: Annotated[bool, msgspec.Meta(description="True where anything came damaged, short or over.")]
    packages: list[PackageView]
    batches: list[ShippedBatchView]
    attributes: dict[str, str]
    created_at: MomentText
    updated_at: MomentText
    dispatched_at: MomentText | None
    delivered_at: MomentText | None
    version: int


class ShipmentPage(View):
    data: list[ShipmentView]
    next_page_token: str | None


def rendered_shipment(facts: ShipmentFacts, reader: Principal) -> ShipmentView:
    """Return the shipment as a reader sees it."""
    hidden = reader.party is PartyType.RETAIL_PARTNER
    return ShipmentView(
        shipment_id=facts.shipment_id,
        status=facts.status,
        order_id=facts.order_id,
        supplier_id=facts.supplier_id,
        retail_partner_id=facts.retail_partner_id,
        from_warehouse_location=None if hidden else facts.from_warehouse,
        delivery_warehouse=facts.delivery_warehouse,
        carrier=facts.carrier,
        tracking_number=facts.tracking_number,
        expected_at=rfc3339(facts.expected_at) if facts.expected_at else None,
        discrepancy=any(parcel.damaged or parcel.short or parcel.over for parcel in facts.parcels),
        packages=[_package(package) for package in facts.packages],
        batches=[_batch(parcel) for parcel in facts.parcels],
        attributes=facts.attributes,
        created_at=rfc3339(facts.created_at),
        updated_at=rfc3339(facts.updated_at),
        dispatched_at=rfc3339(facts.dispatched_at) if facts.dispatched_at else None,
        delivered_at=rfc3339(facts.delivered_at) if facts.delivered_at else None,
        version=facts.version,
    )


def rendered_shipment_row(row: Shipment, reader: Principal) -> ShipmentView:
    """Return a row, read with its contents, as a reader sees it."""
    return rendered_shipment(facts_of(row), reader)


def _package(package: PackageFacts) -> PackageView:
    return PackageView(
        sscc=package.sscc,
        items=[
            PackedItemView(product_id=item.product_id, quantity=item.quantity, batch_number=item.batch)
            for item in package.items
        ],
    )


def _batch(parcel: ParcelFacts) -> ShippedBatchView:
    return ShippedBatchView(
        product_id=parcel.product_id,
        batch_number=parcel.batch,
        expiration_date=rfc3339(parcel.expires_at) if parcel.expires_at else None,
        shipped=parcel.shipped,
        received=parcel.received,
        damaged=parcel.damaged,
        short=parcel.short,
        over=parcel.over,
        in_transit=parcel.in_transit,
    )
