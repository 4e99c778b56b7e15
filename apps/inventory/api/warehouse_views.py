from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in, plain
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.context import PartyType
from apps.core.http.operations import Answer, Call
from apps.core.identifiers import checked_gln
from apps.inventory.api import warehouse_operations as operations
from apps.inventory.api.warehouse_schemas import rendered_warehouse, rendered_warehouse_row
from apps.inventory.commands.change_warehouse import change_warehouse
from apps.inventory.commands.create_warehouse import NewWarehouse, create_warehouse
from apps.inventory.commands.delete_warehouse import delete_warehouse
from apps.inventory.domain.warehouse_owners import Owner
from apps.inventory.queries.warehouses import warehouse, warehouses
from apps.outbox.unit_of_work import reading

_ORDERS = {"warehouseId": "pk", "createdAt": "created_at"}


class Warehouses(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: warehouses(call.ctx), rendered_warehouse_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        new = NewWarehouse(
            warehouse_id=body.warehouse_id,
            name=body.name,
            owner=Owner(PartyType(body.owner.type), body.owner.id or "") if body.owner else None,
            address=plain(body.address),
            gln=checked_gln(body.gln),
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_warehouse(call.ctx, new)
        return created(outcome, rendered_warehouse, location=f"/v1/warehouses/{outcome.result.warehouse_id}")


class WarehouseDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, warehouse_id: str) -> Answer:
        with reading(call.ctx):
            facts = warehouse(call.ctx, warehouse_id)
        return shown(facts, rendered_warehouse)

    @operation(operations.CHANGE)
    def patch(self, call: Call, warehouse_id: str) -> Answer:
        changes = changes_in(call.body)
        if "gln" in changes:
            changes["gln"] = checked_gln(changes["gln"])
        outcome = change_warehouse(call.ctx, warehouse_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_warehouse)

    @operation(operations.DELETE)
    def delete(self, call: Call, warehouse_id: str) -> Answer:
        return deleted(delete_warehouse(call.ctx, warehouse_id, expected=call.expected))
