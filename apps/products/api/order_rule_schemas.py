from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Status
from apps.core.http.bodies import Attributes, AttributesChange, Body, Code, MomentText, ProductCode, Version, View
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.core.structs import convert
from apps.products.models import OrderRule
from apps.products.queries.order_rules import order_rule_facts
from apps.products.types import OrderRuleFacts

LeastQuantity = Annotated[
    int, msgspec.Meta(ge=1, le=MAX_LINE_QUANTITY, description="The smallest quantity that may be ordered.")
]
OrderMultiple = Annotated[
    int, msgspec.Meta(ge=1, le=MAX_LINE_QUANTITY, description="Only multiples of this quantity may be ordered.")
]
RuleUnit = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z0-9]{1,8}(?!\n)$",
        description="What both quantities count: the product's base unit (default), or packaging of it.",
    ),
]


class OrderRuleCreate(Body):
    supplier_id: Code
    product_id: ProductCode
    order_rule_id: Code | None = None
    retail_partner_id: Code | None = None
    minimum_quantity: LeastQuantity | None = None
    order_multiple: OrderMultiple | None = None
    unit_of_measure: RuleUnit | None = None
    status: Status = "active"
    attributes: Attributes = {}


class OrderRuleChange(Body):
    minimum_quantity: LeastQuantity | None | UnsetType = UNSET
    order_multiple: OrderMultiple | None | UnsetType = UNSET
    unit_of_measure: RuleUnit | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class OrderRuleView(View):
    """Which quantities of a supplier's product may be ordered, and by whom."""

    order_rule_id: str
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    minimum_quantity: int | None
    order_multiple: int | None
    unit_of_measure: str
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class OrderRulePage(View):
    data: list[OrderRuleView]
    next_page_token: str | None


def rendered_order_rule(facts: OrderRuleFacts) -> OrderRuleView:
    """Return an order rule as /v1 shows it."""
    return convert(facts, OrderRuleView, from_attributes=True)


def rendered_order_rule_row(row: OrderRule) -> OrderRuleView:
    """Return a row as /v1 shows it."""
    return rendered_order_rule(order_rule_facts(row))
