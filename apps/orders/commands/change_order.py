from typing import Any

from apps.core.errors import Forbidden
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import order_stock
from apps.orders.domain import life
from apps.orders.domain.life import Step
from apps.orders.types import OrderFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data


@use_case(OrderFacts)
def change_order(
    uow: UnitOfWork, order_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> OrderFacts:
    """Change what `changes` names of an order: nothing that stock depends on but who is served first.

    Raises Forbidden where a retail partner would set its own priority.
    """
    row, lines = life.begin(uow, order_id, Step.CHANGE, expected)
    if "priority" in changes and not uow.ctx.principal.is_staff:
        raise Forbidden("Which order is served first is the tenant's to say.")
    master_data.patch(uow, row, expected=None, changes=changes)
    if "priority" in changes:
        order_stock.set_priority(uow, life.stock_of(row))
    return life.tell(uow, row, lines, event="order.updated")
