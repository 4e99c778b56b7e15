"""The operations of /v1/skuMappings."""

from apps.core.http.operations import Resource
from apps.products.api.filters import SkuMappingFilter
from apps.products.api.sku_mapping_schemas import (
    SkuMappingChange,
    SkuMappingCreate,
    SkuMappingPage,
    SkuMappingView,
)

_RESOURCE = Resource(scope="products", tag="SKU mappings", view=SkuMappingView)
_EXAMPLE = {
    "skuMappingId": "MAP1",
    "supplierId": "SUP123",
    "partnerSku": "SCORPION/12",
    "productId": "HOTSAUCE789",
    "unitOfMeasure": "CS",
}
_PARTNERS = {"retailPartnerId": "RP456", "partnerSku": "4711-RED", "productId": "HOTSAUCE789"}

LIST = _RESOURCE.listing(
    operation_id="listSkuMappings",
    summary="List SKU mappings",
    description="Staff see every mapping, a supplier and a retail partner those of their own codes.",
    answer=SkuMappingPage,
    filters=SkuMappingFilter,
    order_by=("skuMappingId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createSkuMapping",
    summary="Create a SKU mapping",
    description=(
        "Staff, and a supplier for its own codes. From then on a client of the party names the product by `sku:` and "
        "the code wherever it names a product: in bodies, paths and filters. Movements that named the code before are "
        "parked (`listParkedMovements`) and are booked now."
    ),
    body=SkuMappingCreate,
    problems=("already_exists", "not_found", "not_permitted"),
    examples={"A supplier's code of a case": _EXAMPLE, "A retail partner's code": _PARTNERS},
)
GET = _RESOURCE.reading(
    operation_id="getSkuMapping",
    summary="Get a SKU mapping",
    description="Whoever sees it in the list reads it.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeSkuMapping",
    summary="Change a SKU mapping",
    description=(
        "Staff, and a supplier for its own codes. Whose code it is, and the code itself, never change. An archived "
        "mapping stands for nothing."
    ),
    body=SkuMappingChange,
    problems=("not_found", "not_permitted"),
    examples={"One bottle, and not a case": {"unitOfMeasure": None}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteSkuMapping",
    summary="Delete a SKU mapping",
    description="Staff, and a supplier for its own codes. What was booked under the code stays.",
    problems=("not_permitted",),
)
