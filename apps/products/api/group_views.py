from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.products.api import group_operations as operations
from apps.products.api.group_schemas import refuse_twice, rendered_group, rendered_group_row
from apps.products.commands.change_product_group import change_product_group
from apps.products.commands.create_product_group import create_product_group
from apps.products.commands.delete_product_group import delete_product_group
from apps.products.queries.product_groups import product_group, product_groups
from apps.products.types import NewProductGroup

_ORDERS = {"groupId": "pk", "createdAt": "created_at"}


class ProductGroups(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: product_groups(call.ctx), rendered_group_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        refuse_twice(body.varies_by)
        new = NewProductGroup(
            group_id=body.group_id,
            name=body.name,
            description=body.description,
            varies_by=body.varies_by,
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_product_group(call.ctx, new)
        return created(outcome, rendered_group, location=f"/v1/productGroups/{outcome.result.group_id}")


class ProductGroupDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, group_id: str) -> Answer:
        with reading(call.ctx):
            facts = product_group(call.ctx, group_id)
        return shown(facts, rendered_group)

    @operation(operations.CHANGE)
    def patch(self, call: Call, group_id: str) -> Answer:
        changes = changes_in(call.body)
        refuse_twice(changes.get("varies_by", ()))
        outcome = change_product_group(call.ctx, group_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_group)

    @operation(operations.DELETE)
    def delete(self, call: Call, group_id: str) -> Answer:
        return deleted(delete_product_group(call.ctx, group_id, expected=call.expected))
