"""The operations of /v1/orderRules."""

from apps.core.http.operations import Resource
from apps.products.api.filters import OrderRuleFilter
from apps.products.api.order_rule_schemas import OrderRuleChange, OrderRuleCreate, OrderRulePage, OrderRuleView

_RESOURCE = Resource(scope="products", tag="Order rules", view=OrderRuleView)
_EXAMPLE = {
    "orderRuleId": "RULE1",
    "supplierId": "SUP123",
    "productId": "HOTSAUCE789",
    "minimumQuantity": 2,
    "orderMultiple": 1,
    "unitOfMeasure": "CS",
}

LIST = _RESOURCE.listing(
    operation_id="listOrderRules",
    summary="List order rules",
    description=(
        "Staff see every rule, a supplier those of its goods, a retail partner its own and those that bind everybody, "
        "of the products that it sees."
    ),
    answer=OrderRulePage,
    filters=OrderRuleFilter,
    order_by=("orderRuleId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createOrderRule",
    summary="Create an order rule",
    description=(
        "Staff, and the supplier whose goods it is about; a retail partner's own rule staff alone. The smallest "
        "quantity that may be ordered, the steps in which more may be, or both; for one retail partner, or without one "
        "for everybody. A partner's own rule takes the place of everybody's. There is one rule of each supplier, "
        "product and partner."
    ),
    body=OrderRuleCreate,
    problems=("already_exists", "not_found", "not_permitted"),
    examples={"Two cases at least": _EXAMPLE},
)
GET = _RESOURCE.reading(
    operation_id="getOrderRule",
    summary="Get an order rule",
    description="Whoever sees it in the list reads it.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeOrderRule",
    summary="Change an order rule",
    description=(
        "Staff, and the supplier; a retail partner's own rule staff alone. Whom and what it is about never changes."
    ),
    body=OrderRuleChange,
    problems=("not_permitted",),
    examples={"Three cases at least": {"minimumQuantity": 3}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteOrderRule",
    summary="Delete an order rule",
    description=(
        "Staff, and the supplier; a retail partner's own rule staff alone. Orders that were placed stay as they are."
    ),
    problems=("not_permitted",),
)
