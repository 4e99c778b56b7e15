from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Contact, ContactChange, ContactView, Status
from apps.core.http.bodies import Attributes, AttributesChange, Body, Code, Gln, MomentText, Text, Version, View
from apps.core.structs import convert
from apps.suppliers.models import Supplier
from apps.suppliers.queries import facts_of
from apps.suppliers.types import SupplierFacts

# In which order back-orders are filled: as they came, by the orders' priority, or to each its share.
BackorderPolicy = Literal["firstCome", "priority", "proRata"]
LeadTime = Annotated[int, msgspec.Meta(ge=0, le=3650)]


class SupplierCreate(Body):
    name: Text
    supplier_id: Code | None = None
    gln: Gln | None = None
    contact: Contact | None = None
    lead_time_days: LeadTime | None = None
    backorder_policy: BackorderPolicy = "firstCome"
    status: Status = "active"
    attributes: Attributes = {}


class SupplierChange(Body):
    name: Text | UnsetType = UNSET
    gln: Gln | None | UnsetType = UNSET
    contact: ContactChange | None | UnsetType = UNSET
    lead_time_days: LeadTime | None | UnsetType = UNSET
    backorder_policy: BackorderPolicy | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class SupplierView(View):
    supplier_id: str
    name: str
    gln: str | None
    contact: ContactView | None
    lead_time_days: int | None
    backorder_policy: str
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class SupplierPage(View):
    data: list[SupplierView]
    next_page_token: str | None


def rendered(facts: SupplierFacts) -> SupplierView:
    """Return the supplier as /v1 shows it."""
    return convert(facts, SupplierView, from_attributes=True)


def rendered_row(row: Supplier) -> SupplierView:
    """Return a row as /v1 shows it."""
    return rendered(facts_of(row))
