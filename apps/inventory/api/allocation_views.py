from datetime import datetime
from typing import Any

from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.inventory.api import allocation_operations as operations
from apps.inventory.api.allocation_schemas import rendered_allocation, rendered_allocation_row
from apps.inventory.api.bodies import moment_of
from apps.inventory.commands.allocate_stock import NewAllocation, allocate_stock
from apps.inventory.commands.change_allocation import change_allocation
from apps.inventory.commands.end_allocation import end_allocation
from apps.inventory.queries.allocations import allocation, allocations
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at"}


class Allocations(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: allocations(call.ctx), rendered_allocation_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        if (body.retail_partner_id is None) == (body.channel is None):
            raise _invalid("#/retailPartnerId", "A pool is a retail partner's or a channel's: name one of them.")
        new = NewAllocation(
            supplier_id=body.supplier_id,
            product_id=body.product_id,
            retail_partner_id=body.retail_partner_id,
            channel=body.channel,
            quantity=body.quantity,
            borrowable_until=moment_of(body.borrowable_until, "#/borrowableUntil"),
            ends_at=_end(call, body.ends_at),
        )
        outcome = allocate_stock(call.ctx, new)
        return created(outcome, rendered_allocation, location=f"/v1/allocations/{outcome.result.allocation_id}")


class AllocationDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, allocation_id: str) -> Answer:
        with reading(call.ctx):
            facts = allocation(call.ctx, allocation_id)
        return shown(facts, rendered_allocation)

    @operation(operations.CHANGE)
    def patch(self, call: Call, allocation_id: str) -> Answer:
        changes: dict[str, Any] = changes_in(call.body)
        if "borrowable_until" in changes:
            changes["borrowable_until"] = moment_of(changes["borrowable_until"], "#/borrowableUntil")
        if "ends_at" in changes:
            changes["ends_at"] = _end(call, changes["ends_at"])
        outcome = change_allocation(call.ctx, allocation_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_allocation)

    @operation(operations.DELETE)
    def delete(self, call: Call, allocation_id: str) -> Answer:
        return deleted(end_allocation(call.ctx, allocation_id, expected=call.expected))


def _end(call: Call, moment: datetime | None) -> datetime | None:
    """Return the moment in UTC. Raises ValidationFailed for one that has passed: to end a pool now, delete it."""
    end = moment_of(moment, "#/endsAt")
    if end is not None and end <= call.ctx.now:
        raise _invalid("#/endsAt", "A pool ends in the future; delete it to end it now.")
    return end


def _invalid(pointer: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
