from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import Body, Code, Moment, MomentText, ProductCode, Text, Version, View
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.core.times import rfc3339
from apps.inventory.api.bodies import Quantity, Unit
from apps.inventory.models import Transfer
from apps.inventory.queries.transfers import (
    ParcelFacts,
    TransferFacts,
    TransferLineFacts,
    contents_of,
    transfer_facts,
)

MAX_ITEMS = 200
Arrived = Annotated[
    int, msgspec.Meta(ge=0, le=MAX_LINE_QUANTITY, description="Base units, or the unit that unitOfMeasure names.")
]


class TransferItem(Body):
    """What is to be moved. Without a batch, those that expire first; `retailPartnerId` says whose own item it is."""

    supplier_id: Code
    product_id: ProductCode
    quantity: Quantity
    unit_of_measure: Unit | None = None
    retail_partner_id: Code | None = None
    batch_number: Code | None = None


class TransferCreate(Body):
    from_warehouse_location: Code
    to_warehouse_location: Code
    items: Annotated[list[TransferItem], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    transfer_id: Code | None = None
    expected_at: Moment | None = None
    reference: Text | None = None


class TransferShip(Body):
    """All that is planned leaves; `expectedAt` replaces what the plan said."""

    expected_at: Moment | None = None
    occurred_at: Moment | None = None
    version: Version | UnsetType = UNSET


class TransferReceivedItem(Body):
    """What arrived: good pieces and damaged ones. Without a batch, of those under way that expire first."""

    supplier_id: Code
    product_id: ProductCode
    received: Arrived
    damaged: Arrived = 0
    unit_of_measure: Unit | None = None
    batch_number: Code | None = None


class TransferReceive(Body):
    """What arrived; `complete` says that nothing more will, so that what is still under way is short."""

    items: Annotated[list[TransferReceivedItem], msgspec.Meta(max_length=1000)] = []
    complete: bool = False
    occurred_at: Moment | None = None
    version: Version | UnsetType = UNSET


class TransferCancel(Body):
    reason: Text | None = None
    occurred_at: Moment | None = None
    version: Version | UnsetType = UNSET


class TransferBatchView(View):
    """What was sent of one batch, and what became of it."""

    batch_number: str | None
    expiration_date: MomentText | None
    shipped: int
    received: int
    damaged: int
    short: int
    over: int
    returned: int
    in_transit: int


class TransferItemView(View):
    """One line of the plan, and the sums of what was sent of it.

    `received` (good) and `damaged` are all that arrived, `over` what of it was never sent.
    """

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None
    planned: int
    shipped: int
    received: int
    damaged: int
    short: int
    over: int
    returned: int
    in_transit: int
    batches: list[TransferBatchView]


class TransferView(View):
    """A transfer; a warehouse that the reader does not see is null."""

    transfer_id: str
    status: Annotated[
        str, msgspec.Meta(extra_json_schema={"x-extensible-enum": ["planned", "inTransit", "received", "cancelled"]})
    ]
    from_warehouse_location: str | None
    to_warehouse_location: str | None
    reference: str | None
    expected_at: MomentText | None
    discrepancy: Annotated[bool, msgspec.Meta(description="True where anything came damaged, short or over.")]
    items: list[TransferItemView]
    created_at: MomentText
    updated_at: MomentText
    shipped_at: MomentText | None
    closed_at: MomentText | None
    version: int


class TransferPage(View):
    data: list[TransferView]
    next_page_token: str | None


def rendered_transfer(facts: TransferFacts, reader: Principal) -> TransferView:
    """Return the transfer as a reader sees it, whether it was given or stored."""
    parcels = [parcel for item in facts.items for parcel in item.parcels]
    return TransferView(
        transfer_id=facts.transfer_id,
        status=facts.status,
        from_warehouse_location=_place(facts.from_warehouse, facts.from_partner, reader),
        to_warehouse_location=_place(facts.to_warehouse, facts.to_partner, reader),
        reference=facts.reference,
        expected_at=rfc3339(facts.expected_at) if facts.expected_at else None,
        discrepancy=any(parcel.damaged or parcel.short or parcel.over for parcel in parcels),
        items=[_item(item, facts.from_partner) for item in facts.items],
        created_at=rfc3339(facts.created_at),
        updated_at=rfc3339(facts.updated_at),
        shipped_at=rfc3339(facts.shipped_at) if facts.shipped_at else None,
        closed_at=rfc3339(facts.closed_at) if facts.closed_at else None,
        version=facts.version,
    )


def rendered_transfer_row(row: Transfer, reader: Principal) -> TransferView:
    """Return a row, read with its items, as a reader sees it."""
    return rendered_transfer(transfer_facts(row, contents_of(row)), reader)


def _place(warehouse: str, partner: str | None, reader: Principal) -> str | None:
    """Return a warehouse that the reader sees: the house's are hidden from partners, and theirs from suppliers."""
    if reader.party is PartyType.TENANT:
        return warehouse
    own = reader.party_id if reader.party is PartyType.RETAIL_PARTNER else None
    return warehouse if partner == own else None


def _item(item: TransferLineFacts, from_partner: str | None) -> TransferItemView:
    parcels = item.parcels
    return TransferItemView(
        supplier_id=item.supplier_id,
        product_id=item.product_id,
        retail_partner_id=from_partner,
        batch_number=item.batch,
        planned=item.planned,
        shipped=sum(parcel.shipped for parcel in parcels),
        received=sum(parcel.received for parcel in parcels),
        damaged=sum(parcel.damaged for parcel in parcels),
        short=sum(parcel.short for parcel in parcels),
        over=sum(parcel.over for parcel in parcels),
        returned=sum(parcel.returned for parcel in parcels),
        in_transit=sum(parcel.in_transit for parcel in parcels),
        batches=[_batch(parcel) for parcel in parcels],
    )


def _batch(parcel: ParcelFacts) -> TransferBatchView:
    return TransferBatchView(
        batch_number=parcel.batch,
        expiration_date=rfc3339(parcel.expires_at) if parcel.expires_at else None,
        shipped=parcel.shipped,
        received=parcel.received,
        damaged=parcel.damaged,
        short=parcel.short,
        over=parcel.over,
        returned=parcel.returned,
        in_transit=parcel.in_transit,
    )
