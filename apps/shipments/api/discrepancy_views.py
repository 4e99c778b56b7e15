from apps.access.api.answers import changed, created, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.shipments.api import discrepancy_operations as operations
from apps.shipments.api.discrepancy_schemas import rendered_discrepancy, rendered_discrepancy_row
from apps.shipments.commands.open_discrepancy import open_discrepancy
from apps.shipments.commands.resolve_discrepancy import resolve_discrepancy
from apps.shipments.queries import discrepancies, discrepancy
from apps.shipments.types import NewDiscrepancy

_ORDERS = {"createdAt": "created_at", "discrepancyId": "pk"}


class Discrepancies(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: discrepancies(call.ctx), rendered_discrepancy_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        new = NewDiscrepancy(
            shipment_id=body.shipment_id,
            product_id=body.product_id,
            batch_number=body.batch_number,
            kind=body.kind,
            quantity=body.quantity,
            unit=body.unit_of_measure,
            note=body.note,
        )
        outcome = open_discrepancy(call.ctx, new)
        location = f"/v1/discrepancies/{outcome.result.discrepancy_id}"
        return created(outcome, rendered_discrepancy, location=location)


class DiscrepancyDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, discrepancy_id: str) -> Answer:
        with reading(call.ctx):
            facts = discrepancy(call.ctx, discrepancy_id)
        return shown(facts, rendered_discrepancy)


class DiscrepancyResolution(ApiView):
    @operation(operations.RESOLVE)
    def post(self, call: Call, discrepancy_id: str) -> Answer:
        outcome = resolve_discrepancy(
            call.ctx,
            discrepancy_id,
            accepted=call.body.resolution == "accepted",
            note=call.body.note,
            expected=call.expected,
        )
        return changed(outcome, rendered_discrepancy)
