"""The operations of /v1/fieldMappings."""

from apps.core.http.operations import Operation, Resource
from apps.products.api.field_mapping_schemas import (
    FieldMappingChange,
    FieldMappingCreate,
    FieldMappingPage,
    FieldMappingPreview,
    FieldMappingView,
    MappedDocumentView,
)
from apps.products.api.filters import FieldMappingFilter

_RESOURCE = Resource(scope="products", tag="Field mappings", view=FieldMappingView)
_EXAMPLE = {
    "fieldMappingId": "FIELDS1",
    "retailPartnerId": "RP456",
    "resource": "product",
    "fields": {"productId": "articleNumber", "name": "title", "gtin": "ean"},
    "attributeFields": {"heat": "spiciness"},
}
_DOCUMENT = {"productId": "HOTSAUCE789", "name": "Hot sauce", "attributes": {"heat": "medium", "origin": "MX"}}

LIST = _RESOURCE.listing(
    operation_id="listFieldMappings",
    summary="List field mappings",
    description="Staff see every mapping, a supplier and a retail partner its own.",
    answer=FieldMappingPage,
    filters=FieldMappingFilter,
    order_by=("fieldMappingId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createFieldMapping",
    summary="Create a field mapping",
    description=(
        "Staff, and a supplier for itself. What the party calls the members of a product or of an inventory item: "
        "`fields` by our names, `attributeFields` lifts attributes to members of their own. No two members may bear "
        "one name. There is one mapping of each party and resource; /v1 never follows it, a preview shows what it does."
    ),
    body=FieldMappingCreate,
    problems=("already_exists", "not_found", "not_permitted"),
    examples={"A retail partner's names": _EXAMPLE},
)
GET = _RESOURCE.reading(
    operation_id="getFieldMapping",
    summary="Get a field mapping",
    description="Whoever sees it in the list reads it.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeFieldMapping",
    summary="Change a field mapping",
    description="Staff, and a supplier for itself. Its party and its resource never change.",
    body=FieldMappingChange,
    problems=("not_permitted",),
    examples={"One name more, one less": {"fields": {"sku": "supplierNumber", "gtin": None}}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteFieldMapping",
    summary="Delete a field mapping",
    description="Staff, and a supplier for itself.",
    problems=("not_permitted",),
)
PREVIEW = Operation(
    operation_id="previewFieldMapping",
    summary="See a document under a party's names",
    description="Staff, and a supplier for itself. The document is mapped and answered; nothing changes.",
    scope="products:write",
    tag="Field mappings",
    body=FieldMappingPreview,
    answer=MappedDocumentView,
    keys="accepted",
    problems=("not_permitted",),
    examples={"A product": {"document": _DOCUMENT}},
)
