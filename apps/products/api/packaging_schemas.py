from typing import Annotated

import msgspec

from apps.core.http.bodies import Body, Gtin, MomentText, View
from apps.core.structs import convert
from apps.products.models import Packaging
from apps.products.models.packaging import MAX_FACTOR
from apps.products.queries.packaging import packaging_facts
from apps.products.types import PackagingFacts

PackagingUnit = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z0-9]{1,8}(?!\n)$",
        description="The unit, other than the base unit, as UN/ECE Recommendations 20 and 21 have it (CS, PK, PX).",
    ),
]
Numerator = Annotated[
    int,
    msgspec.Meta(
        ge=1, le=MAX_FACTOR, description="One of the unit is `numerator` / `denominator` base units, exactly."
    ),
]
Denominator = Annotated[int, msgspec.Meta(ge=1, le=MAX_FACTOR, description="1, unless the unit divides the base unit.")]
FixedVersion = Annotated[int, msgspec.Meta(description="Always 1: packaging never changes.")]


class PackagingCreate(Body):
    unit_of_measure: PackagingUnit
    numerator: Numerator
    denominator: Denominator = 1
    gtin: Gtin | None = None


class PackagingView(View):
    """A unit in which a product is also counted: one of it is `numerator` / `denominator` base units."""

    product_id: str
    unit_of_measure: str
    numerator: int
    denominator: int
    gtin: str | None
    version: FixedVersion
    created_at: MomentText


class PackagingPage(View):
    data: list[PackagingView]
    next_page_token: str | None


def rendered_packaging(facts: PackagingFacts) -> PackagingView:
    """Return a unit of a product as /v1 shows it."""
    return convert(facts, PackagingView, from_attributes=True)


def rendered_packaging_row(row: Packaging) -> PackagingView:
    """Return a row as /v1 shows it."""
    return rendered_packaging(packaging_facts(row))
