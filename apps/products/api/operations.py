"""The operations of /v1/products."""

from apps.core.http.operations import Operation
from apps.products.api.filters import ProductFilter
from apps.products.api.schemas import ProductChange, ProductCreate, ProductPage, ProductPut, ProductView

_EXAMPLE = {
    "productId": "HOTSAUCE789",
    "sku": "HS-789",
    "name": "Hot sauce, 250 ml",
    "description": "Fermented, medium hot.",
    "gtin": "04012345000009",
    "unitOfMeasure": "EA",
    "images": [{"url": "https://images.example.com/hotsauce789.jpg", "alt": "A bottle, from the front"}],
    "storageConditions": {"temperatureMinimum": "4", "temperatureMaximum": "25", "notes": "Keep out of the sun."},
    "attributes": {"heat": "medium"},
}
_REPLACEMENT = {"sku": "HS-789", "name": "Hot sauce, 300 ml", "attributes": {"heat": "medium"}}
# Of the group that the product joins: there is none, a value is missing, the variant is taken.
_PROBLEMS = ("already_exists", "invalid_check_digit", "invalid_state", "not_found", "not_permitted")

LIST = Operation(
    operation_id="listProducts",
    summary="List products",
    description=(
        "Staff and suppliers see the tenant's whole catalogue; a retail partner sees what a supply agreement in force "
        "covers (one without a product covers every product)."
    ),
    scope="products:read",
    tag="Products",
    answer=ProductPage,
    filters=ProductFilter,
    order_by=("productId", "createdAt"),
    paged=True,
)
CREATE = Operation(
    operation_id="createProduct",
    summary="Create a product",
    description="What a supplier's client creates is the supplier's: it and the tenant's staff may change it.",
    scope="products:write",
    tag="Products",
    body=ProductCreate,
    answer=ProductView,
    status=201,
    keys="accepted",
    tagged=True,
    problems=_PROBLEMS,
    examples={"A product with its own code": _EXAMPLE},
)
GET = Operation(
    operation_id="getProduct",
    summary="Get a product",
    description="Staff and suppliers read every product, a retail partner what an agreement in force covers.",
    scope="products:read",
    tag="Products",
    answer=ProductView,
    tagged=True,
)
PUT = Operation(
    operation_id="replaceProduct",
    summary="Replace a product, or create it under a code",
    description=(
        "With `If-Match` or `version` everything that callers set is replaced: what the body leaves out takes its "
        "default. With `If-None-Match: *` the product is created, and 412 says that it exists already."
    ),
    scope="products:write",
    tag="Products",
    body=ProductPut,
    answer=ProductView,
    other_statuses={201: "Created"},
    keys="accepted",
    versioned=True,
    creates_if_none=True,
    tagged=True,
    problems=_PROBLEMS,
    examples={
        "A whole product": _REPLACEMENT,
        "Another product": {"sku": "HS-790", "name": "Smoked habanero sauce, 250 ml", "gtin": "05012345678917"},
    },
)
CHANGE = Operation(
    operation_id="changeProduct",
    summary="Change a product",
    description="A JSON merge patch: what it does not name stays, null removes.",
    scope="products:write",
    tag="Products",
    body=ProductChange,
    answer=ProductView,
    keys="accepted",
    versioned=True,
    tagged=True,
    problems=_PROBLEMS,
    examples={"Another name, one attribute less": {"name": "Hot sauce, 250 ml, mild", "attributes": {"heat": None}}},
)
DELETE = Operation(
    operation_id="deleteProduct",
    summary="Delete a product that nothing names",
    description=(
        "Neither stock nor a price, an order rule or a SKU mapping. Agreements that name its code stay; they cover "
        "nothing, because a code is never reused."
    ),
    scope="products:write",
    tag="Products",
    status=204,
    keys="accepted",
    versioned=True,
    problems=("resource_in_use", "not_permitted"),
)
