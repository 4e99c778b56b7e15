from collections.abc import Callable
from typing import Any

from apps.access.api.answers import changed, created, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.core.identifiers import checked_sscc
from apps.inventory.api.bodies import moment_of
from apps.orders.api.schemas import rendered_order
from apps.outbox.unit_of_work import reading
from apps.shipments.api import operations
from apps.shipments.api.schemas import (
    ShipmentCreate,
    ShipmentReceipt,
    ShipmentView,
    rendered_shipment,
    rendered_shipment_row,
)
from apps.shipments.commands.cancel_shipment import cancel_shipment
from apps.shipments.commands.change_shipment import change_shipment
from apps.shipments.commands.create_shipment import create_shipment
from apps.shipments.commands.deliver_shipment import deliver_shipment
from apps.shipments.commands.dispatch_shipment import dispatch_shipment
from apps.shipments.commands.receive_order import receive_order
from apps.shipments.queries import shipment, shipments
from apps.shipments.types import ArrivedItem, ItemToPack, NewPackage, NewShipment, ShipmentFacts

_ORDERS = {"createdAt": "created_at", "shipmentId": "pk"}


class Shipments(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        reader = call.ctx.principal
        return page_of(
            call, lambda: shipments(call.ctx), lambda row: rendered_shipment_row(row, reader), orders=_ORDERS
        )

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        outcome = create_shipment(call.ctx, _shipment_of(call.body))
        return created(outcome, _for(call), location=f"/v1/shipments/{outcome.result.shipment_id}")


class ShipmentDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, shipment_id: str) -> Answer:
        with reading(call.ctx):
            facts = shipment(call.ctx, shipment_id)
        return shown(facts, _for(call))

    @operation(operations.CHANGE)
    def patch(self, call: Call, shipment_id: str) -> Answer:
        changes = changes_in(call.body)
        if "expected_at" in changes:
            changes["expected_at"] = moment_of(changes["expected_at"], "#/expectedAt")
        return changed(change_shipment(call.ctx, shipment_id, expected=call.expected, changes=changes), _for(call))


class ShipmentDispatching(ApiView):
    @operation(operations.DISPATCH)
    def post(self, call: Call, shipment_id: str) -> Answer:
        outcome = dispatch_shipment(
            call.ctx,
            shipment_id,
            expected=call.expected,
            expected_at=moment_of(call.body.expected_at, "#/expectedAt"),
            occurred_at=moment_of(call.body.occurred_at, "#/occurredAt", not_after=call.ctx.now),
        )
        return changed(outcome, _for(call))


class ShipmentDelivery(ApiView):
    @operation(operations.DELIVER)
    def post(self, call: Call, shipment_id: str) -> Answer:
        outcome = deliver_shipment(call.ctx, shipment_id, expected=call.expected, **_arrival(call))
        return changed(outcome, _for(call))


class ShipmentCancellation(ApiView):
    @operation(operations.CANCEL)
    def post(self, call: Call, shipment_id: str) -> Answer:
        return changed(cancel_shipment(call.ctx, shipment_id, expected=call.expected), _for(call))


class OrderReceipt(ApiView):
    @operation(operations.RECEIVE)
    def post(self, call: Call, order_id: str) -> Answer:
        reader = call.ctx.principal
        outcome = receive_order(call.ctx, order_id, expected=call.expected, **_arrival(call))
        return changed(outcome, lambda facts: rendered_order(facts, reader))


def _for(call: Call) -> Callable[[ShipmentFacts], ShipmentView]:
    """Return the rendering of shipments for the caller."""
    reader = call.ctx.principal
    return lambda facts: rendered_shipment(facts, reader)


def _arrival(call: Call) -> dict[str, Any]:
    """Return what a receipt says, as the commands take it.

    Raises ValidationFailed for one that says nothing.
    """
    body: ShipmentReceipt = call.body
    if body.items is not None and not body.complete and not any(item.received + item.damaged for item in body.items):
        detail = "Something arrived, or nothing more will: then say `complete`."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/items")])
    return {
        "items": None
        if body.items is None
        else [
            ArrivedItem(item.product_id, item.batch_number, item.unit_of_measure, item.received, item.damaged)
            for item in body.items
        ],
        "complete": body.complete,
        "occurred_at": moment_of(body.occurred_at, "#/occurredAt", not_after=call.ctx.now),
    }


def _shipment_of(body: ShipmentCreate) -> NewShipment:
    return NewShipment(
        shipment_id=body.shipment_id,
        order_id=body.order_id,
        from_warehouse_id=body.from_warehouse_location,
        carrier=body.carrier,
        tracking_number=body.tracking_number,
        expected_at=moment_of(body.expected_at, "#/expectedAt"),
        packages=[
            NewPackage(
                checked_sscc(package.sscc, pointer=f"#/packages/{number}/sscc"),
                [
                    ItemToPack(item.product_id, item.quantity, item.unit_of_measure, item.batch_number)
                    for item in package.items
                ],
            )
            for number, package in enumerate(body.packages)
        ],
        attributes=body.attributes,
    )
