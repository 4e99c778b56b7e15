from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Status
from apps.core.http.bodies import Attributes, AttributesChange, Body, Code, MomentText, Version, View
from apps.core.structs import convert
from apps.products.models import FieldMapping
from apps.products.queries.field_mappings import field_mapping_facts
from apps.products.types import FieldMappingFacts

MappedResource = Annotated[Literal["product", "inventory"], msgspec.Meta(title="MappedResource")]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
MemberNames = Annotated[
    dict[_Name, _Name], msgspec.Meta(max_length=100, description="Our name of a member to the party's.")
]
MemberNamesChange = Annotated[
    dict[_Name, _Name | None],
    msgspec.Meta(max_length=100, description="Names to set; null gives a member our name again."),
]
AttributeNames = Annotated[
    dict[_Name, _Name],
    msgspec.Meta(max_length=100, description="An attribute of ours to a member of the party's document."),
]


class FieldMappingCreate(Body):
    resource: MappedResource
    field_mapping_id: Code | None = None
    supplier_id: Code | None = None
    retail_partner_id: Code | None = None
    fields: MemberNames = {}
    attribute_fields: AttributeNames = {}
    status: Status = "active"
    attributes: Attributes = {}


class FieldMappingChange(Body):
    fields: MemberNamesChange | UnsetType = UNSET
    attribute_fields: MemberNamesChange | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class FieldMappingPreview(Body):
    document: Annotated[
        dict[str, Any],
        msgspec.Meta(
            description="A document as we name its members.", extra_json_schema={"additionalProperties": True}
        ),
    ]


class FieldMappingView(View):
    """What a supplier or a retail partner calls the members of a product or of an inventory item."""

    field_mapping_id: str
    supplier_id: str | None
    retail_partner_id: str | None
    resource: str
    fields: dict[str, str]
    attribute_fields: dict[str, str]
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class FieldMappingPage(View):
    data: list[FieldMappingView]
    next_page_token: str | None


class MappedDocumentView(View):
    """The document as the party names its members."""

    document: dict[str, Any]


def rendered_field_mapping(facts: FieldMappingFacts) -> FieldMappingView:
    """Return a mapping as /v1 shows it."""
    return convert(facts, FieldMappingView, from_attributes=True)


def rendered_field_mapping_row(row: FieldMapping) -> FieldMappingView:
    """Return a row as /v1 shows it."""
    return rendered_field_mapping(field_mapping_facts(row))
