from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Status
from apps.core.http.bodies import (
    Attributes,
    AttributesChange,
    Body,
    Code,
    Gtin,
    LongText,
    MomentText,
    Text,
    Version,
    View,
)
from apps.core.structs import convert
from apps.products.api.data_schemas import (
    Images,
    ImageView,
    StorageConditions,
    StorageConditionsChange,
    StorageConditionsView,
    with_members,
)
from apps.products.models import Product
from apps.products.queries.products import facts_of
from apps.products.types import ProductFacts

Sku = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$",
        description="The caller's own number of the product: printable, unique in the tenant.",
    ),
]
UnitOfMeasure = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z0-9]{1,8}(?!\n)$",
        description="The base unit that quantities count, as UN/ECE Recommendation 20 abbreviates it (EA, KGM, LTR).",
    ),
]


class ProductCreate(Body):
    sku: Sku
    name: Text
    product_id: Code | None = None
    description: LongText | None = None
    gtin: Gtin | None = None
    unit_of_measure: UnitOfMeasure = "EA"
    group_id: Code | None = None
    images: Images = []
    storage_conditions: StorageConditions | None = None
    status: Status = "active"
    attributes: Attributes = {}


class ProductPut(ProductCreate):
    """A whole product: what is left out takes its default. `productId`, if given, repeats the path."""

    version: Version | UnsetType = UNSET


class ProductChange(Body):
    sku: Sku | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    description: LongText | None | UnsetType = UNSET
    gtin: Gtin | None | UnsetType = UNSET
    unit_of_measure: UnitOfMeasure | UnsetType = UNSET
    group_id: Code | None | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    storage_conditions: StorageConditionsChange | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class ProductView(View):
    product_id: str
    sku: str
    name: str
    description: str | None
    gtin: str | None
    unit_of_measure: str
    group_id: str | None
    images: list[ImageView]
    storage_conditions: StorageConditionsView | None
    supplier_id: str | None
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class ProductPage(View):
    data: list[ProductView]
    next_page_token: str | None


def rendered(facts: ProductFacts) -> ProductView:
    """Return the product as /v1 shows it."""
    whole = replace(facts, images=[with_members(image) for image in facts.images])
    return convert(whole, ProductView, from_attributes=True)


def rendered_row(row: Product) -> ProductView:
    """Return a row as /v1 shows it."""
    return rendered(facts_of(row))
