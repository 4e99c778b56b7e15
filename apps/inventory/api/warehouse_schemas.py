from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Address, AddressChange, AddressView, Status
from apps.core.http.bodies import Attributes, AttributesChange, Body, Code, Gln, MomentText, Text, Version, View
from apps.core.structs import convert
from apps.inventory.models.warehouse import Warehouse
from apps.inventory.queries.warehouses import WarehouseFacts, warehouse_facts

OwnerType = Annotated[Literal["tenant", "supplier", "retailPartner"], msgspec.Meta(title="OwnerType")]


class WarehouseOwner(Body):
    """Whose the place is: a supplier or a retail partner is named by its id, the tenant has none."""

    type: OwnerType = "tenant"
    id: Code | None = None


class WarehouseCreate(Body):
    name: Text
    warehouse_id: Code | None = None
    owner: WarehouseOwner | None = None
    address: Address | None = None
    gln: Gln | None = None
    status: Status = "active"
    attributes: Attributes = {}


class WarehouseChange(Body):
    name: Text | UnsetType = UNSET
    address: AddressChange | None | UnsetType = UNSET
    gln: Gln | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class WarehouseOwnerView(View):
    type: str
    id: str | None


class WarehouseView(View):
    warehouse_id: str
    name: str
    owner: WarehouseOwnerView
    address: AddressView | None
    gln: str | None
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class WarehousePage(View):
    data: list[WarehouseView]
    next_page_token: str | None


def rendered_warehouse(facts: WarehouseFacts) -> WarehouseView:
    """Return the warehouse as /v1 shows it."""
    return WarehouseView(
        warehouse_id=facts.warehouse_id,
        name=facts.name,
        owner=WarehouseOwnerView(type=facts.owner_type, id=facts.owner_id or None),
        address=None if facts.address is None else convert(facts.address, AddressView),
        gln=facts.gln,
        status=facts.status,
        attributes=facts.attributes,
        version=facts.version,
        created_at=facts.created_at,
        updated_at=facts.updated_at,
    )


def rendered_warehouse_row(row: Warehouse) -> WarehouseView:
    """Return a row as /v1 shows it."""
    return rendered_warehouse(warehouse_facts(row))
