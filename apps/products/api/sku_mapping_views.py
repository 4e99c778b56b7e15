from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.products.api import sku_mapping_operations as operations
from apps.products.api.sku_mapping_schemas import rendered_sku_mapping, rendered_sku_mapping_row
from apps.products.commands.change_sku_mapping import change_sku_mapping
from apps.products.commands.create_sku_mapping import create_sku_mapping
from apps.products.commands.delete_sku_mapping import delete_sku_mapping
from apps.products.domain.sku_mappings import refuse_all_but_one_party
from apps.products.queries.sku_mappings import sku_mapping, sku_mappings
from apps.products.types import NewSkuMapping

_ORDERS = {"skuMappingId": "pk", "createdAt": "created_at"}


class SkuMappings(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: sku_mappings(call.ctx), rendered_sku_mapping_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        refuse_all_but_one_party(body.supplier_id, body.retail_partner_id)
        new = NewSkuMapping(
            sku_mapping_id=body.sku_mapping_id,
            supplier_id=body.supplier_id,
            retail_partner_id=body.retail_partner_id,
            partner_sku=body.partner_sku,
            product_id=body.product_id,
            unit_of_measure=body.unit_of_measure,
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_sku_mapping(call.ctx, new)
        return created(outcome, rendered_sku_mapping, location=f"/v1/skuMappings/{outcome.result.sku_mapping_id}")


class SkuMappingDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, sku_mapping_id: str) -> Answer:
        with reading(call.ctx):
            facts = sku_mapping(call.ctx, sku_mapping_id)
        return shown(facts, rendered_sku_mapping)

    @operation(operations.CHANGE)
    def patch(self, call: Call, sku_mapping_id: str) -> Answer:
        changes = changes_in(call.body)
        outcome = change_sku_mapping(call.ctx, sku_mapping_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_sku_mapping)

    @operation(operations.DELETE)
    def delete(self, call: Call, sku_mapping_id: str) -> Answer:
        return deleted(delete_sku_mapping(call.ctx, sku_mapping_id, expected=call.expected))
