from collections.abc import Callable
from decimal import Decimal

from apps.access.api.answers import changed, created, shown
from apps.access.api.changes import changes_in, plain
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.money import Money
from apps.core.http.operations import Answer, Call
from apps.core.money import checked_amount
from apps.orders.api import operations
from apps.orders.api.schemas import OrderCreate, OrderView, rendered_order
from apps.orders.commands.cancel_order import cancel_order
from apps.orders.commands.change_order import change_order
from apps.orders.commands.confirm_order import confirm_order
from apps.orders.commands.place_order import place_order
from apps.orders.domain.placing import check_order
from apps.orders.queries import facts_of, order, orders
from apps.orders.types import CancelledItem, ConfirmedItem, Instalment, NewOrder, OrderedItem, OrderFacts
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at", "orderId": "pk"}


class Orders(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        render = _for(call)
        return page_of(call, lambda: orders(call.ctx), lambda row: render(facts_of(row)), orders=_ORDERS)

    @operation(operations.PLACE)
    def post(self, call: Call) -> Answer:
        new = _order_of(call.body)
        check_order(new)
        outcome = place_order(call.ctx, new)
        if outcome.result.repeated:
            return changed(outcome, _for(call))
        return created(outcome, _for(call), location=f"/v1/orders/{outcome.result.order_id}")


class OrderDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, order_id: str) -> Answer:
        with reading(call.ctx):
            facts = order(call.ctx, order_id)
        return shown(facts, _for(call))

    @operation(operations.CHANGE)
    def patch(self, call: Call, order_id: str) -> Answer:
        changes = changes_in(call.body)
        if "requested_delivery_date" in changes:
            changes["requested_on"] = changes.pop("requested_delivery_date")
        return changed(change_order(call.ctx, order_id, expected=call.expected, changes=changes), _for(call))


class OrderConfirmation(ApiView):
    @operation(operations.CONFIRM)
    def post(self, call: Call, order_id: str) -> Answer:
        items = [
            ConfirmedItem(item.product_id, item.quantity, item.unit_of_measure, item.promised_date)
            for item in call.body.items
        ]
        return changed(confirm_order(call.ctx, order_id, items=items, expected=call.expected), _for(call))


class OrderCancellation(ApiView):
    @operation(operations.CANCEL)
    def post(self, call: Call, order_id: str) -> Answer:
        named = call.body.items
        outcome = cancel_order(
            call.ctx,
            order_id,
            items=None
            if named is None
            else [CancelledItem(item.product_id, item.quantity, item.unit_of_measure) for item in named],
            reason=call.body.reason,
            expected=call.expected,
        )
        return changed(outcome, _for(call))


def _for(call: Call) -> Callable[[OrderFacts], OrderView]:
    """Return the rendering of orders for the caller."""
    reader = call.ctx.principal
    return lambda facts: rendered_order(facts, reader)


def _order_of(body: OrderCreate) -> NewOrder:
    return NewOrder(
        order_id=body.order_id,
        type=body.type,
        supplier_id=body.supplier_id,
        retail_partner_id=body.retail_partner_id,
        items=[
            OrderedItem(
                product_id=item.product_id,
                quantity=item.quantity,
                unit=item.unit_of_measure,
                backorder=item.backorder,
                price=_price_of(item.price, f"#/items/{index}/price"),
                schedule=[Instalment(each.deliver_on, each.quantity) for each in item.delivery_schedule],
            )
            for index, item in enumerate(body.items)
        ],
        platform=body.platform,
        platform_order_number=body.platform_order_number,
        payment_status=body.payment_status,
        reference=body.reference,
        priority=body.priority,
        delivery_address=plain(body.delivery_address),
        delivery_warehouse_id=body.delivery_warehouse,
        requested_on=body.requested_delivery_date,
        attributes=body.attributes,
    )


def _price_of(price: Money | None, pointer: str) -> tuple[Decimal, str] | None:
    if price is None:
        return None
    return checked_amount(price.amount, price.currency_code, pointer=pointer), price.currency_code
