from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Status
from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.bodies import (
    Attributes,
    AttributesChange,
    Body,
    Code,
    LongText,
    MomentText,
    Text,
    Version,
    View,
)
from apps.core.structs import convert
from apps.products.models import ProductGroup
from apps.products.models.product_group import MAX_VARIES_BY
from apps.products.queries.product_groups import group_facts
from apps.products.types import ProductGroupFacts

VariesBy = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=100)]],
    msgspec.Meta(
        min_length=1,
        max_length=MAX_VARIES_BY,
        description="Attributes in which the products of the group differ; each has a value for all of them.",
        extra_json_schema={"uniqueItems": True},
    ),
]


class ProductGroupCreate(Body):
    name: Text
    varies_by: VariesBy
    group_id: Code | None = None
    description: LongText | None = None
    status: Status = "active"
    attributes: Attributes = {}


class ProductGroupChange(Body):
    name: Text | UnsetType = UNSET
    varies_by: VariesBy | UnsetType = UNSET
    description: LongText | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class ProductGroupView(View):
    """One thing in several variants."""

    group_id: str
    name: str
    description: str | None
    varies_by: list[str]
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class ProductGroupPage(View):
    data: list[ProductGroupView]
    next_page_token: str | None


def refuse_twice(names: Sequence[str]) -> None:
    """Raise ValidationFailed for a name that stands twice in `variesBy`."""
    for index, name in enumerate(names):
        if name in names[:index]:
            detail = f"{name!r} stands there already."
            error = FieldError(code="duplicate", detail=detail, pointer=f"#/variesBy/{index}")
            raise ValidationFailed(detail, errors=[error])


def rendered_group(facts: ProductGroupFacts) -> ProductGroupView:
    """Return the group as /v1 shows it."""
    return convert(facts, ProductGroupView, from_attributes=True)


def rendered_group_row(row: ProductGroup) -> ProductGroupView:
    """Return a row as /v1 shows it."""
    return rendered_group(group_facts(row))
