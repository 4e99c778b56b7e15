from msgspec import UNSET

from apps.access.api.answers import changed, created, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.inventory.api import count_operations as operations
from apps.inventory.api.bodies import moment_of
from apps.inventory.api.count_schemas import (
    CountedLineBody,
    rendered_count,
    rendered_count_row,
    rendered_lines,
)
from apps.inventory.commands.approve_count import approve_count
from apps.inventory.commands.cancel_count import cancel_count
from apps.inventory.commands.count_stock import count_stock
from apps.inventory.commands.open_count import open_count
from apps.inventory.domain.counting import CountedLine
from apps.inventory.queries.counts import count, counts
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at"}


class Counts(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: counts(call.ctx), rendered_count_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        outcome = open_count(call.ctx, body.count_id, warehouse_id=body.warehouse_location, reference=body.reference)
        return created(outcome, rendered_count, location=f"/v1/counts/{outcome.result.count_id}")


class CountDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, count_id: str) -> Answer:
        with reading(call.ctx):
            facts = count(call.ctx, count_id)
        return shown(facts, rendered_count)


class CountLines(ApiView):
    @operation(operations.COUNT)
    def post(self, call: Call, count_id: str) -> Answer:
        lines = [_counted(call, line, number) for number, line in enumerate(call.body.lines)]
        return changed(count_stock(call.ctx, count_id, lines, expected=call.expected), rendered_lines)


class CountApproval(ApiView):
    @operation(operations.APPROVE)
    def post(self, call: Call, count_id: str) -> Answer:
        return changed(approve_count(call.ctx, count_id, expected=call.expected), rendered_count)


class CountCancellation(ApiView):
    @operation(operations.CANCEL)
    def post(self, call: Call, count_id: str) -> Answer:
        return changed(cancel_count(call.ctx, count_id, expected=call.expected), rendered_count)


def _counted(call: Call, line: CountedLineBody, number: int) -> CountedLine:
    counted_at = moment_of(line.counted_at, f"#/lines/{number}/countedAt", not_after=call.ctx.now)
    return CountedLine(
        supplier_id=line.supplier_id,
        product_id=line.product_id,
        retail_partner_id=line.retail_partner_id,
        batch_number=None if line.batch_number is UNSET else line.batch_number,
        batch_named=line.batch_number is not UNSET,
        quantity=line.quantity,
        counted_at=counted_at or call.ctx.now,
    )
