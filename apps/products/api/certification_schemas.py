from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.http.bodies import Body, Code, DayText, MomentText, Text, Version, View
from apps.core.structs import convert
from apps.products.api.addresses import HttpsUrl
from apps.products.types import CertificationFacts

Scheme = Annotated[str, msgspec.Meta(min_length=1, max_length=100, description="What is certified: DOT, SAE, CE …")]
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=100, description="The issuer's own number of it.")]
FirstDay = Annotated[date, msgspec.Meta(description="First day on which it is valid, UTC; null: since ever.")]
LastDay = Annotated[date, msgspec.Meta(description="Last day on which it is valid, UTC; null: without end.")]
CertificationState = Annotated[
    str,
    msgspec.Meta(
        description="What it is today: `notYetValid`, `valid`, `expiring` (soon), `expired`.",
        extra_json_schema={"x-extensible-enum": ["notYetValid", "valid", "expiring", "expired"]},
    ),
]


class CertificationCreate(Body):
    scheme: Scheme
    issuer: Text
    number: Number
    certification_id: Code | None = None
    valid_from: FirstDay | None = None
    valid_to: LastDay | None = None
    document_url: HttpsUrl | None = None


class CertificationChange(Body):
    scheme: Scheme | UnsetType = UNSET
    issuer: Text | UnsetType = UNSET
    number: Number | UnsetType = UNSET
    valid_from: FirstDay | None | UnsetType = UNSET
    valid_to: LastDay | None | UnsetType = UNSET
    document_url: HttpsUrl | None | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class CertificationView(View):
    """A certificate of a product."""

    certification_id: str
    product_id: str
    scheme: str
    issuer: str
    number: str
    valid_from: DayText | None
    valid_to: DayText | None
    document_url: str | None
    status: CertificationState
    version: int
    created_at: MomentText
    updated_at: MomentText


class CertificationPage(View):
    data: list[CertificationView]
    next_page_token: str | None


def rendered_certification(facts: CertificationFacts) -> CertificationView:
    """Return a certificate as /v1 shows it."""
    return convert(facts, CertificationView, from_attributes=True)
