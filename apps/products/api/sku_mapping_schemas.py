from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Status
from apps.core.http.bodies import Attributes, AttributesChange, Body, Code, MomentText, Version, View
from apps.core.structs import convert
from apps.products.models import SkuMapping
from apps.products.queries.sku_mappings import sku_mapping_facts
from apps.products.types import SkuMappingFacts

PartnerSku = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$",
        description="What the party calls the product in its own books: printable, case-sensitive, without `sku:`.",
    ),
]
OwnUnit = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z0-9]{1,8}(?!\n)$",
        description="Packaging, where the code means a case and not one of the base unit (null).",
    ),
]


class SkuMappingCreate(Body):
    partner_sku: PartnerSku
    product_id: Code
    sku_mapping_id: Code | None = None
    supplier_id: Code | None = None
    retail_partner_id: Code | None = None
    unit_of_measure: OwnUnit | None = None
    status: Status = "active"
    attributes: Attributes = {}


class SkuMappingChange(Body):
    product_id: Code | UnsetType = UNSET
    unit_of_measure: OwnUnit | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class SkuMappingView(View):
    """What a supplier or a retail partner calls a product in its own books."""

    sku_mapping_id: str
    supplier_id: str | None
    retail_partner_id: str | None
    partner_sku: str
    product_id: str
    unit_of_measure: str | None
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class SkuMappingPage(View):
    data: list[SkuMappingView]
    next_page_token: str | None


def rendered_sku_mapping(facts: SkuMappingFacts) -> SkuMappingView:
    """Return a mapping as /v1 shows it."""
    return convert(facts, SkuMappingView, from_attributes=True)


def rendered_sku_mapping_row(row: SkuMapping) -> SkuMappingView:
    """Return a row as /v1 shows it."""
    return rendered_sku_mapping(sku_mapping_facts(row))
