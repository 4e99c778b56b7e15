from collections.abc import Callable

from apps.access.api.answers import changed, created, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.inventory.api import transfer_operations as operations
from apps.inventory.api.bodies import moment_of
from apps.inventory.api.transfer_schemas import TransferReceive, TransferView, rendered_transfer, rendered_transfer_row
from apps.inventory.commands.cancel_transfer import cancel_transfer
from apps.inventory.commands.create_transfer import create_transfer
from apps.inventory.commands.receive_transfer import receive_transfer
from apps.inventory.commands.ship_transfer import ship_transfer
from apps.inventory.domain.arrivals import ReceivedItem
from apps.inventory.domain.transfer_plans import NewTransfer, PlannedItem, check_plan
from apps.inventory.models.transfer import TransferQuerySet
from apps.inventory.queries.transfers import TransferFacts, transfer, transfers
from apps.inventory.queries.warehouses import warehouses
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at", "transferId": "pk"}
_PLACES = {"fromWarehouseLocation": "from_warehouse", "toWarehouseLocation": "to_warehouse"}


class Transfers(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        reader = call.ctx.principal
        return page_of(call, lambda: _rows(call), lambda row: rendered_transfer_row(row, reader), orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        new = _plan(call)
        check_plan(new)
        outcome = create_transfer(call.ctx, new)
        location = f"/v1/transfers/{outcome.result.transfer_id}"
        return created(outcome, _for(call), location=location)


class TransferDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, transfer_id: str) -> Answer:
        with reading(call.ctx):
            facts = transfer(call.ctx, transfer_id)
        return shown(facts, _for(call))


class TransferShipping(ApiView):
    @operation(operations.SHIP)
    def post(self, call: Call, transfer_id: str) -> Answer:
        outcome = ship_transfer(
            call.ctx,
            transfer_id,
            expected=call.expected,
            expected_at=moment_of(call.body.expected_at, "#/expectedAt"),
            occurred_at=moment_of(call.body.occurred_at, "#/occurredAt", not_after=call.ctx.now),
        )
        return changed(outcome, _for(call))


class TransferReceipt(ApiView):
    @operation(operations.RECEIVE)
    def post(self, call: Call, transfer_id: str) -> Answer:
        _refuse_nothing(call.body)
        outcome = receive_transfer(
            call.ctx,
            transfer_id,
            expected=call.expected,
            items=[
                ReceivedItem(
                    supplier_id=item.supplier_id,
                    product_id=item.product_id,
                    batch_number=item.batch_number,
                    unit=item.unit_of_measure,
                    received=item.received,
                    damaged=item.damaged,
                )
                for item in call.body.items
            ],
            complete=call.body.complete,
            occurred_at=moment_of(call.body.occurred_at, "#/occurredAt", not_after=call.ctx.now),
        )
        return changed(outcome, _for(call))


class TransferCancellation(ApiView):
    @operation(operations.CANCEL)
    def post(self, call: Call, transfer_id: str) -> Answer:
        outcome = cancel_transfer(
            call.ctx,
            transfer_id,
            expected=call.expected,
            reason=call.body.reason,
            occurred_at=moment_of(call.body.occurred_at, "#/occurredAt", not_after=call.ctx.now),
        )
        return changed(outcome, _for(call))


def _for(call: Call) -> Callable[[TransferFacts], TransferView]:
    """Return the rendering of transfers for the caller."""
    reader = call.ctx.principal
    return lambda facts: rendered_transfer(facts, reader)


def _rows(call: Call) -> TransferQuerySet:
    """Return the visible transfers; where they are looked for by a warehouse, by one that the caller sees."""
    rows = transfers(call.ctx)
    for name, field in _PLACES.items():
        if name in call.params:
            rows = rows.filter(**{f"{field}__in": warehouses(call.ctx)})
    return rows


def _plan(call: Call) -> NewTransfer:
    body = call.body
    return NewTransfer(
        transfer_id=body.transfer_id,
        from_warehouse_id=body.from_warehouse_location,
        to_warehouse_id=body.to_warehouse_location,
        items=[
            PlannedItem(
                supplier_id=item.supplier_id,
                product_id=item.product_id,
                retail_partner_id=item.retail_partner_id,
                batch_number=item.batch_number,
                unit=item.unit_of_measure,
                quantity=item.quantity,
            )
            for item in body.items
        ],
        expected_at=moment_of(body.expected_at, "#/expectedAt"),
        reference=body.reference,
    )


def _refuse_nothing(body: TransferReceive) -> None:
    if body.complete or any(item.received + item.damaged for item in body.items):
        return
    detail = "Something arrived, or nothing more will: then say `complete`."
    raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/items")])
