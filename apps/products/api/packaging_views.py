from apps.access.api.answers import created, deleted, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.core.identifiers import checked_gtin
from apps.outbox.unit_of_work import reading
from apps.products.api import packaging_operations as operations
from apps.products.api.packaging_schemas import rendered_packaging, rendered_packaging_row
from apps.products.commands.create_packaging import create_packaging
from apps.products.commands.delete_packaging import delete_packaging
from apps.products.queries.packaging import packaging, packaging_in_unit
from apps.products.types import NewPackaging

_ORDERS = {"unitOfMeasure": "unit_of_measure"}


class ProductPackaging(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call, product_id: str) -> Answer:
        return page_of(call, lambda: packaging(call.ctx, product_id), rendered_packaging_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call, product_id: str) -> Answer:
        body = call.body
        new = NewPackaging(
            unit_of_measure=body.unit_of_measure,
            numerator=body.numerator,
            denominator=body.denominator,
            gtin=checked_gtin(body.gtin),
        )
        outcome = create_packaging(call.ctx, product_id, new)
        location = f"/v1/products/{product_id}/packaging/{new.unit_of_measure}"
        return created(outcome, rendered_packaging, location=location)


class PackagingDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, product_id: str, unit_of_measure: str) -> Answer:
        with reading(call.ctx):
            facts = packaging_in_unit(call.ctx, product_id, unit_of_measure)
        return shown(facts, rendered_packaging)

    @operation(operations.DELETE)
    def delete(self, call: Call, product_id: str, unit_of_measure: str) -> Answer:
        return deleted(delete_packaging(call.ctx, product_id, unit_of_measure, expected=call.expected))
