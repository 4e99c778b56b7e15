"""Events of a trade: both its parties are told, each in its own words, and nobody else."""

import json
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils.module_loading import import_string

from apps.core.context import PartyType, Principal
from apps.outbox.types import LoggedEvent
from apps.outbox.unit_of_work import as_tenant
from config.composition import EVENT_RENDERERS
from tests.support.api import TestTenant
from tests.support.orders import Placed, order_body, packed, step
from tests.support.stock import Given, fresh_key

_OURS = ("order.", "shipment.", "discrepancy.", "return.", "reservation.")


def _told(tenant: TestTenant, party: PartyType, code: str) -> dict[str, list[Any]]:
    """Return what a party is told of everything that has happened, by type; None for what is not for it."""
    reader, now = Principal(tenant.id, 1, party, code), datetime.now(UTC)
    sql = """
        SELECT type, event_id, subject, sequence, facts, occurred_at FROM (
            SELECT type, event_id, subject, sequence, facts, occurred_at, 0 AS waiting, position AS place
            FROM outbox_event WHERE tenant_id = %(tenant)s
            UNION ALL
            SELECT type, event_id, subject, sequence, facts, occurred_at, 1, id FROM outbox_outboxmessage
            WHERE tenant_id = %(tenant)s
        ) told ORDER BY waiting, place"""
    found: dict[str, list[Any]] = {}
    with as_tenant(tenant.id), connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant.id})
        for kind, event_id, subject, sequence, facts, occurred_at in cursor.fetchall():
            if kind.startswith(_OURS):
                event = LoggedEvent(tenant.id, 1, event_id, kind, subject, sequence, json.loads(facts), occurred_at)
                found.setdefault(kind, []).extend(import_string(EVENT_RENDERERS[kind])([event], reader, now))
    return found


def _traded(given: Given) -> TestTenant:
    """Have an order placed, confirmed, shipped, received with a difference, settled, and part of it returned."""
    item = given.stocked(10)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = Placed.placed(given.tenant, order_body(item, 6, deliveryWarehouse="WR1", priority=5))
    order.done("confirm")
    shipment = packed(order, ("P1", 6), fromWarehouseLocation="W1")
    step(given.tenant, shipment, "dispatch")
    order.done("receive", {"items": [{"productId": "P1", "received": 5, "damaged": 1}]})
    operator = given.tenant.operator
    (found,) = operator.get("/v1/discrepancies").json["data"]
    path = f"/v1/discrepancies/{found['discrepancyId']}/resolve"
    assert operator.post(path, {"resolution": "accepted"}, key=fresh_key()).status == 200
    line = {"productId": "P1", "quantity": 1, "reason": "broken", "condition": "defective", "disposition": "quarantine"}
    back = {"orderId": order.code, "warehouseLocation": "W1", "items": [line]}
    assert operator.post("/v1/returns", back, key=fresh_key()).status == 201
    return given.tenant


def test_both_parties_are_told_of_every_step_and_nobody_else_is(given: Given) -> None:
    tenant = _traded(given)
    steps = {
        *("order.placed", "order.confirmed", "order.shipped", "order.received", "order.updated"),
        *("shipment.created", "shipment.dispatched", "shipment.delivered"),
        *("discrepancy.opened", "discrepancy.resolved", "return.received"),
        *("reservation.created", "reservation.committed"),
    }
    for party, code in ((PartyType.SUPPLIER, "S1"), (PartyType.RETAIL_PARTNER, "R1"), (PartyType.TENANT, "")):
        heard = _told(tenant, party, code)
        assert heard.keys() == steps
        assert all(data is not None for told in heard.values() for data in told)
    for party, code in ((PartyType.SUPPLIER, "S2"), (PartyType.RETAIL_PARTNER, "R2")):
        assert {data for told in _told(tenant, party, code).values() for data in told} == {None}


def test_a_partner_is_not_told_where_the_house_keeps_it_nor_who_is_served_first(given: Given) -> None:
    tenant = _traded(given)
    theirs, ours = (_told(tenant, *who) for who in ((PartyType.RETAIL_PARTNER, "R1"), (PartyType.SUPPLIER, "S1")))
    (sent,), (seen) = ours["shipment.dispatched"], theirs["shipment.dispatched"][0]
    assert (sent.from_warehouse_location, seen.from_warehouse_location) == ("W1", None)
    assert (ours["order.placed"][0].priority, theirs["order.placed"][0].priority) == (5, None)
    assert (ours["return.received"][0].warehouse_location, theirs["return.received"][0].warehouse_location) == (
        "W1",
        None,
    )
