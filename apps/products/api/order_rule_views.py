from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.products.api import order_rule_operations as operations
from apps.products.api.order_rule_schemas import rendered_order_rule, rendered_order_rule_row
from apps.products.commands.change_order_rule import change_order_rule
from apps.products.commands.create_order_rule import create_order_rule
from apps.products.commands.delete_order_rule import delete_order_rule
from apps.products.domain.order_rules import refuse_empty_rule
from apps.products.queries.order_rules import order_rule, order_rules
from apps.products.types import NewOrderRule

_ORDERS = {"orderRuleId": "pk", "createdAt": "created_at"}


class OrderRules(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: order_rules(call.ctx), rendered_order_rule_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        refuse_empty_rule(body.minimum_quantity, body.order_multiple)
        new = NewOrderRule(
            order_rule_id=body.order_rule_id,
            supplier_id=body.supplier_id,
            product_id=body.product_id,
            retail_partner_id=body.retail_partner_id,
            minimum_quantity=body.minimum_quantity,
            order_multiple=body.order_multiple,
            unit_of_measure=body.unit_of_measure,
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_order_rule(call.ctx, new)
        return created(outcome, rendered_order_rule, location=f"/v1/orderRules/{outcome.result.order_rule_id}")


class OrderRuleDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, order_rule_id: str) -> Answer:
        with reading(call.ctx):
            facts = order_rule(call.ctx, order_rule_id)
        return shown(facts, rendered_order_rule)

    @operation(operations.CHANGE)
    def patch(self, call: Call, order_rule_id: str) -> Answer:
        changes = changes_in(call.body)
        outcome = change_order_rule(call.ctx, order_rule_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_order_rule)

    @operation(operations.DELETE)
    def delete(self, call: Call, order_rule_id: str) -> Answer:
        return deleted(delete_order_rule(call.ctx, order_rule_id, expected=call.expected))
