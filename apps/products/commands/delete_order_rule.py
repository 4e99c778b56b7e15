from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import order_rules
from apps.products.queries.order_rules import order_rules as visible_rules
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_order_rule(uow: UnitOfWork, order_rule_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete an order rule; orders that were placed stay as they are."""
    row = master_data.lock(visible_rules(uow.ctx), order_rule_id)
    order_rules.refuse_all_but_its_maker(uow.ctx, row)
    master_data.delete(uow, row, expected=expected)
    return True
