"""The operations of a product's packaging."""

from apps.core.http.operations import Resource
from apps.products.api.packaging_schemas import PackagingCreate, PackagingPage, PackagingView

_RESOURCE = Resource(scope="products", tag="Products", view=PackagingView)

LIST = _RESOURCE.listing(
    operation_id="listPackaging",
    summary="List the packaging of a product",
    description="The units in which a product is counted beside its base unit. Whoever sees the product sees them.",
    answer=PackagingPage,
    order_by=("unitOfMeasure",),
)
CREATE = _RESOURCE.creation(
    operation_id="createPackaging",
    summary="Add packaging to a product",
    description=(
        "One of the unit is `numerator` / `denominator` base units, exactly; it never changes. From then on movements "
        "take the unit as `unitOfMeasure`. Whoever may change the product may add to it."
    ),
    body=PackagingCreate,
    problems=("already_exists", "invalid_check_digit", "not_permitted"),
    examples={
        "A case of twelve": {"unitOfMeasure": "CS", "numerator": 12, "gtin": "14012345000006"},
        "A tenth of a base unit": {"unitOfMeasure": "PK", "numerator": 1, "denominator": 10},
    },
)
GET = _RESOURCE.reading(
    operation_id="getPackaging",
    summary="Get one packaging of a product",
    description="Whoever sees the product sees it.",
)
DELETE = _RESOURCE.deletion(
    operation_id="deletePackaging",
    summary="Delete packaging of a product",
    description=(
        "What was booked counts base units and stays, and repeated requests answer as they did. Movements take the "
        "unit no longer. Not while a price, an order rule or a party's own code counts it. Whoever may change the "
        "product may delete."
    ),
    problems=("not_permitted", "resource_in_use"),
)
