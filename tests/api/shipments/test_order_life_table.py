"""Every step in every status of an order and of a shipment: the table allows it, or it is 409 with what is allowed."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.orders.domain.life import TRANSITIONS, Step
from apps.orders.models import Order
from apps.shipments.domain.life import TRANSITIONS as SHIPMENT_TRANSITIONS
from apps.shipments.domain.life import Step as ShipmentStep
from apps.shipments.models import Shipment
from tests.support.api import ApiAnswer
from tests.support.orders import PATH, Placed, order_body, pack, packed, step
from tests.support.stock import Given, fresh_key, nothing_moves, refused

# How an order comes to each status: the steps after it was placed.
_WAYS = {
    Order.PLACED: (),
    Order.CONFIRMED: ("confirm",),
    Order.PARTLY_SHIPPED: ("confirm", 2),
    Order.SHIPPED: ("confirm", 4),
    Order.RECEIVED: ("confirm", 4, "receive"),
    Order.CANCELLED: ("cancel",),
}
_STATUS_OF_SHIPMENT = {
    Shipment.CREATED: (),
    Shipment.DISPATCHED: ("dispatch",),
    Shipment.DELIVERED: ("dispatch", "deliver"),
    Shipment.CANCELLED: ("cancel",),
}


def _order_in(given: Given, status: str) -> Placed:
    item = given.stocked(10)
    given.agreement()
    order = Placed.placed(given.tenant, order_body(item, 4))
    for way in _WAYS[status]:
        if isinstance(way, int):
            step(given.tenant, packed(order, ("P1", way)), "dispatch")
        else:
            order.done(str(way))
    assert order.status == status
    return order


def _return(order: Placed) -> ApiAnswer:
    line = {"productId": "P1", "quantity": 1, "reason": "no", "condition": "new", "disposition": "restock"}
    body = {"orderId": order.code, "warehouseLocation": "W1", "items": [line]}
    return order.tenant.operator.post("/v1/returns", body, key=fresh_key())


_STEPS: dict[Step, Callable[[Placed], ApiAnswer]] = {
    Step.CHANGE: lambda order: order.tenant.operator.patch(f"{PATH}/{order.code}", {"reference": "X"}, if_match="*"),
    Step.CONFIRM: lambda order: order.do("confirm"),
    Step.CANCEL: lambda order: order.do("cancel"),
    Step.SHIP: lambda order: pack(order, ("P1", 1)),
    Step.RECEIVE: lambda order: order.do("receive"),
    Step.RETURN: _return,
}


@pytest.mark.parametrize("name", Step)
@pytest.mark.parametrize("status", Order.STATUSES)
def test_a_step_of_an_order_is_in_the_table_or_refused(given: Given, status: str, name: Step) -> None:
    order = _order_in(given, status)
    if status in TRANSITIONS[name]:
        assert _STEPS[name](order).status in {200, 201}
        return
    allowed = [each.value for each in Step if status in TRANSITIONS[each]]
    with nothing_moves(given.tenant):
        refused(_STEPS[name](order), 409, "invalid_state", currentStatus=status, allowed=allowed)


def _shipment_step(order: Placed, shipment: str, name: ShipmentStep) -> ApiAnswer:
    if name is ShipmentStep.CHANGE:
        body: dict[str, Any] = {"carrier": "UPS"}
        return order.tenant.operator.patch(f"/v1/shipments/{shipment}", body, if_match="*")
    return step(order.tenant, shipment, name.value)


@pytest.mark.parametrize("name", ShipmentStep)
@pytest.mark.parametrize("status", Shipment.STATUSES)
def test_a_step_of_a_shipment_is_in_the_table_or_refused(given: Given, status: str, name: ShipmentStep) -> None:
    order = _order_in(given, Order.CONFIRMED)
    shipment = packed(order, ("P1", 2))
    for way in _STATUS_OF_SHIPMENT[status]:
        assert step(given.tenant, shipment, way).status == 200
    if status in SHIPMENT_TRANSITIONS[name]:
        assert _shipment_step(order, shipment, name).status == 200
        return
    allowed = [each.value for each in ShipmentStep if status in SHIPMENT_TRANSITIONS[each]]
    with nothing_moves(given.tenant):
        refused(_shipment_step(order, shipment, name), 409, "invalid_state", currentStatus=status, allowed=allowed)


def test_the_table_knows_every_status() -> None:
    """A status from which nothing follows is an end, and the ends are known."""
    assert set(_WAYS) == set(Order.STATUSES)
    assert {each for each in Order.STATUSES if not any(each in TRANSITIONS[name] for name in Step)} == {Order.CANCELLED}
