from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in, plain
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.core.identifiers import checked_gln
from apps.outbox.unit_of_work import reading
from apps.suppliers.api import operations
from apps.suppliers.api.schemas import rendered, rendered_row
from apps.suppliers.commands.change_supplier import change_supplier
from apps.suppliers.commands.create_supplier import create_supplier
from apps.suppliers.commands.delete_supplier import delete_supplier
from apps.suppliers.queries import supplier, suppliers
from apps.suppliers.types import NewSupplier

_ORDERS = {"supplierId": "pk", "createdAt": "created_at"}


class Suppliers(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: suppliers(call.ctx), rendered_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        new = NewSupplier(
            supplier_id=body.supplier_id,
            name=body.name,
            gln=checked_gln(body.gln),
            contact=plain(body.contact),
            lead_time_days=body.lead_time_days,
            backorder_policy=body.backorder_policy,
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_supplier(call.ctx, new)
        return created(outcome, rendered, location=f"/v1/suppliers/{outcome.result.supplier_id}")


class SupplierDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, supplier_id: str) -> Answer:
        with reading(call.ctx):
            facts = supplier(call.ctx, supplier_id)
        return shown(facts, rendered)

    @operation(operations.CHANGE)
    def patch(self, call: Call, supplier_id: str) -> Answer:
        changes = changes_in(call.body)
        if "gln" in changes:
            changes["gln"] = checked_gln(changes["gln"])
        return changed(change_supplier(call.ctx, supplier_id, expected=call.expected, changes=changes), rendered)

    @operation(operations.DELETE)
    def delete(self, call: Call, supplier_id: str) -> Answer:
        return deleted(delete_supplier(call.ctx, supplier_id, expected=call.expected))
