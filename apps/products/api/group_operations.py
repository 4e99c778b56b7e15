"""The operations of /v1/productGroups."""

from apps.core.http.operations import Resource
from apps.products.api.group_filters import ProductGroupFilter
from apps.products.api.group_schemas import ProductGroupChange, ProductGroupCreate, ProductGroupPage, ProductGroupView

_RESOURCE = Resource(scope="products", tag="Products", view=ProductGroupView)

LIST = _RESOURCE.listing(
    operation_id="listProductGroups",
    summary="List product groups",
    description="Staff and suppliers see every group, a retail partner those with a product that it sees.",
    answer=ProductGroupPage,
    filters=ProductGroupFilter,
    order_by=("groupId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createProductGroup",
    summary="Create a product group",
    description=(
        "A product joins by its `groupId`. From then on its `attributes` have a value for each name in `variesBy`, "
        "and no other product of the group has the same values; case and spaces make no difference. Staff only."
    ),
    body=ProductGroupCreate,
    problems=("already_exists", "not_permitted"),
    examples={
        "Sizes and colours": {"groupId": "SAUCESHIRT", "name": "Sauce lover shirt", "variesBy": ["size", "colour"]},
    },
)
GET = _RESOURCE.reading(
    operation_id="getProductGroup",
    summary="Get a product group",
    description="Its products are at `/v1/products?groupId=`, its stock at `/v1/productGroups/{groupId}/inventory`.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeProductGroup",
    summary="Change a product group",
    description=(
        "Another `variesBy` needs products that have a value for each name and still differ: else 409 `invalid_state` "
        "says what is `missing` and of which `productIds` (the first 20). Staff only."
    ),
    body=ProductGroupChange,
    problems=("invalid_state", "not_permitted"),
    examples={"Another name": {"name": "Sauce lover T-shirt"}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteProductGroup",
    summary="Delete a product group that has no products",
    description="With products it answers 409 `resource_in_use`: archive it instead. Staff only.",
    problems=("resource_in_use", "not_permitted"),
)
