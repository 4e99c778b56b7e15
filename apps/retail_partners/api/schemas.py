from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Contact, ContactChange, ContactView, Status
from apps.core.http.bodies import (
    Attributes,
    AttributesChange,
    Body,
    Code,
    DayText,
    Gln,
    MomentText,
    Text,
    Version,
    View,
)
from apps.core.structs import convert
from apps.retail_partners.models import RetailPartner, SupplyAgreement
from apps.retail_partners.queries import retail_partner_facts, supply_agreement_facts
from apps.retail_partners.types import RetailPartnerFacts, SupplyAgreementFacts

Channel = Annotated[str, msgspec.Meta(min_length=1, max_length=255, description="How the partner sells.")]
ShelfLife = Annotated[
    int, msgspec.Meta(ge=0, le=3650, description="Days that a batch must last beyond its delivery to be offered.")
]
FirstDay = Annotated[date, msgspec.Meta(description="First day in force, UTC; null: since ever.")]
LastDay = Annotated[date, msgspec.Meta(description="Last day in force, UTC; null: without end.")]


class RetailPartnerCreate(Body):
    name: Text
    retail_partner_id: Code | None = None
    gln: Gln | None = None
    contact: Contact | None = None
    channel: Channel | None = None
    status: Status = "active"
    attributes: Attributes = {}


class RetailPartnerChange(Body):
    name: Text | UnsetType = UNSET
    gln: Gln | None | UnsetType = UNSET
    contact: ContactChange | None | UnsetType = UNSET
    channel: Channel | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class RetailPartnerView(View):
    retail_partner_id: str
    name: str
    gln: str | None
    contact: ContactView | None
    channel: str | None
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class RetailPartnerPage(View):
    data: list[RetailPartnerView]
    next_page_token: str | None


class SupplyAgreementCreate(Body):
    retail_partner_id: Code
    supplier_id: Code
    agreement_id: Code | None = None
    product_id: Code | None = None
    valid_from: FirstDay | None = None
    valid_to: LastDay | None = None
    minimum_shelf_life_days: ShelfLife | None = None
    status: Status = "active"
    attributes: Attributes = {}


class SupplyAgreementChange(Body):
    valid_from: FirstDay | None | UnsetType = UNSET
    valid_to: LastDay | None | UnsetType = UNSET
    minimum_shelf_life_days: ShelfLife | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class SupplyAgreementView(View):
    agreement_id: str
    retail_partner_id: str
    supplier_id: str
    product_id: str | None
    valid_from: DayText | None
    valid_to: DayText | None
    minimum_shelf_life_days: int | None
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class SupplyAgreementPage(View):
    data: list[SupplyAgreementView]
    next_page_token: str | None


def rendered_retail_partner(facts: RetailPartnerFacts) -> RetailPartnerView:
    """Return the retail partner as /v1 shows it."""
    return convert(facts, RetailPartnerView, from_attributes=True)


def rendered_retail_partner_row(row: RetailPartner) -> RetailPartnerView:
    """Return a row as /v1 shows it."""
    return rendered_retail_partner(retail_partner_facts(row))


def rendered_agreement(facts: SupplyAgreementFacts) -> SupplyAgreementView:
    """Return the agreement as /v1 shows it."""
    return convert(facts, SupplyAgreementView, from_attributes=True)


def rendered_agreement_row(row: SupplyAgreement) -> SupplyAgreementView:
    """Return a row as /v1 shows it."""
    return rendered_agreement(supply_agreement_facts(row))
