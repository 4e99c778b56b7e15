from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import order_rules
from apps.products.queries.order_rules import order_rule_facts
from apps.products.queries.order_rules import order_rules as visible_rules
from apps.products.queries.products import products
from apps.products.types import OrderRuleFacts
from apps.tenancy.domain import master_data
from apps.tenancy.queries import found


@use_case(OrderRuleFacts)
def change_order_rule(
    uow: UnitOfWork, order_rule_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> OrderRuleFacts:
    """Change what `changes` names of an order rule; whom and what it is about never changes."""
    row = master_data.lock(visible_rules(uow.ctx), order_rule_id)
    order_rules.refuse_all_but_its_maker(uow.ctx, row)
    if expected is not None:
        expected.check(row.version)  # before anything is compared with stored values that the caller never read
    minimum = changes.get("minimum_quantity", row.minimum_quantity)
    multiple = changes.get("order_multiple", row.order_multiple)
    order_rules.refuse_empty_rule(minimum, multiple)
    if changes.keys() & {"minimum_quantity", "order_multiple", "unit_of_measure"}:
        product = found(products(uow.ctx), row.product_id)
        unit = changes.get("unit_of_measure", row.unit_of_measure)
        said = order_rules.in_base_units(uow, product, unit=unit, minimum=minimum, multiple=multiple)
        changes["unit_of_measure"], changes["base_minimum"], changes["base_multiple"] = said
    return order_rule_facts(master_data.patch(uow, row, expected=expected, changes=changes))
