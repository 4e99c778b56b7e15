from collections.abc import Callable

from apps.access.api.answers import created, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.orders.api import return_operations as operations
from apps.orders.api.return_schemas import ReturnView, rendered_return, rendered_return_row
from apps.orders.commands.record_return import record_return
from apps.orders.queries import order_return, order_returns
from apps.orders.types import NewReturn, ReturnedItem, ReturnFacts
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at", "returnId": "pk"}


class Returns(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        reader = call.ctx.principal
        return page_of(
            call, lambda: order_returns(call.ctx), lambda row: rendered_return_row(row, reader), orders=_ORDERS
        )

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        outcome = record_return(call.ctx, _return_of(call))
        return created(outcome, _for(call), location=f"/v1/returns/{outcome.result.return_id}")


class ReturnDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, return_id: str) -> Answer:
        with reading(call.ctx):
            facts = order_return(call.ctx, return_id)
        return shown(facts, _for(call))


def _for(call: Call) -> Callable[[ReturnFacts], ReturnView]:
    """Return the rendering of returns for the caller."""
    reader = call.ctx.principal
    return lambda facts: rendered_return(facts, reader)


def _return_of(call: Call) -> NewReturn:
    body = call.body
    return NewReturn(
        return_id=body.return_id,
        type=body.type,
        order_id=body.order_id,
        warehouse_id=body.warehouse_location,
        items=[
            ReturnedItem(
                product_id=item.product_id,
                batch_number=item.batch_number,
                quantity=item.quantity,
                unit=item.unit_of_measure,
                reason=item.reason,
                condition=item.condition,
                disposition=item.disposition,
            )
            for item in body.items
        ],
        reference=body.reference,
    )
