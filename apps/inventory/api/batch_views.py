from typing import Any

from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.inventory.api import batch_operations as operations
from apps.inventory.api.batch_schemas import rendered_batch, rendered_recall
from apps.inventory.api.trace_schemas import rendered_trace
from apps.inventory.commands.hold_batch import hold_batch
from apps.inventory.commands.unhold_batch import unhold_batch
from apps.inventory.domain.recall import Recall, RecallFacts
from apps.inventory.queries.batch_trace import batch_trace
from apps.inventory.queries.batches import batches
from apps.outbox.types import Outcome

_ORDERS = {"batchNumber": "number"}


class Batches(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: batches(call.ctx), rendered_batch, orders=_ORDERS)


class BatchHolding(ApiView):
    @operation(operations.HOLD)
    def post(self, call: Call, batch_number: str) -> Answer:
        return _answer(hold_batch(call.ctx, _recall(call, batch_number)))


class BatchUnholding(ApiView):
    @operation(operations.UNHOLD)
    def post(self, call: Call, batch_number: str) -> Answer:
        return _answer(unhold_batch(call.ctx, _recall(call, batch_number)))


class BatchTrace(ApiView):
    @operation(operations.TRACE)
    def get(self, call: Call, batch_number: str) -> Answer:
        named: dict[str, Any] = {
            "supplier_id": call.params["supplierId"],
            "product_id": call.params["productId"],
            "number": batch_number,
        }
        facts = batch_trace(call.ctx, **named, retail_partner_id=call.params.get("retailPartnerId"))
        return Answer(body=rendered_trace(facts, call.ctx.principal, **named))


def _recall(call: Call, batch_number: str) -> Recall:
    body = call.body
    return Recall(
        supplier_id=body.supplier_id,
        product_id=body.product_id,
        number=batch_number,
        retail_partner_id=body.retail_partner_id,
        downstream=body.downstream,
        reason=body.reason,
        expected=call.expected,
    )


def _answer(outcome: Outcome[RecallFacts]) -> Answer:
    facts = outcome.result
    return Answer(body=rendered_recall(facts), version=facts.version, replayed=outcome.replayed)
