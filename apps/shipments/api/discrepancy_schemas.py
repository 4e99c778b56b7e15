from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.http.bodies import Body, Code, MomentText, ProductCode, Text, Version, View
from apps.core.times import rfc3339
from apps.inventory.api.bodies import Quantity, Unit
from apps.shipments.models import Discrepancy
from apps.shipments.queries import discrepancy_facts
from apps.shipments.types import DiscrepancyFacts

Kind = Annotated[Literal["short", "over", "damaged"], msgspec.Meta(title="DiscrepancyKind")]


class DiscrepancyCreate(Body):
    """What of a shipment is not what was sent."""

    shipment_id: Code
    product_id: ProductCode
    kind: Kind
    quantity: Quantity
    unit_of_measure: Unit | None = None
    batch_number: Code | None = None
    note: Text | None = None


class DiscrepancyResolve(Body):
    """What the sender says to it."""

    resolution: Annotated[Literal["accepted", "rejected"], msgspec.Meta(title="DiscrepancyResolution")]
    note: Text | None = None
    version: Version | UnsetType = UNSET


class ShipmentDiscrepancyView(View):
    """Where what was received is not what was sent: how much, who says so, and whether it is settled."""

    discrepancy_id: str
    status: Annotated[str, msgspec.Meta(extra_json_schema={"x-extensible-enum": list(Discrepancy.STATUSES)})]
    kind: str
    order_id: str
    shipment_id: str
    supplier_id: str
    retail_partner_id: str | None
    product_id: str
    batch_number: str | None
    quantity: int
    reported_by: Annotated[str, msgspec.Meta(description="The kind of party: tenant, supplier or retailPartner.")]
    note: str | None
    resolution_note: str | None
    created_at: MomentText
    resolved_at: MomentText | None
    version: int


class ShipmentDiscrepancyPage(View):
    data: list[ShipmentDiscrepancyView]
    next_page_token: str | None


def rendered_discrepancy(facts: DiscrepancyFacts) -> ShipmentDiscrepancyView:
    """Return a discrepancy as its order's parties see it."""
    return ShipmentDiscrepancyView(
        discrepancy_id=facts.discrepancy_id,
        status=facts.status,
        kind=facts.kind,
        order_id=facts.order_id,
        shipment_id=facts.shipment_id,
        supplier_id=facts.supplier_id,
        retail_partner_id=facts.retail_partner_id,
        product_id=facts.product_id,
        batch_number=facts.batch,
        quantity=facts.quantity,
        reported_by=facts.party,
        note=facts.note,
        resolution_note=facts.resolution,
        created_at=rfc3339(facts.created_at),
        resolved_at=rfc3339(facts.resolved_at) if facts.resolved_at else None,
        version=facts.version,
    )


def rendered_discrepancy_row(row: Discrepancy) -> ShipmentDiscrepancyView:
    """Return a row as its order's parties see it."""
    return rendered_discrepancy(discrepancy_facts(row))
