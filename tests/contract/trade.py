"""The story's chapter of trade: orders, what leaves and arrives for them, and what comes back."""

from typing import Any

from tests.contract.telling import ANY_VERSION, Story
from tests.support.orders import Placed, order_body, packed
from tests.support.stock import Item, fresh_key

_FIRST, _WAITING, _SHIPMENT = {"order_id": "ORD1"}, {"order_id": "ORD2"}, {"shipment_id": "SHP1"}
_PLACE = {"warehouseLocation": "Warehouse_A", "batchNumber": "BATCH202406"}


def trade(story: Story) -> None:
    """Have a shop restocked, sales sent and returned, and an order that waits and is given up."""
    item = Item(story.tenant, "SUP123", "HOTSAUCE789")
    item.posted("receipt", 200, **_PLACE)
    _restock(story, item)
    _shipments(story)
    _arrivals(story, item)
    _return(story)
    _wait(story, item)
    story.ask("listOrders", "A retail partner's", query="?retailPartnerId=RP456")


def _restock(story: Story, item: Item) -> None:
    partner = story.tenant.retailer("RP456")
    too_few = order_body(item, 5, retailPartnerId="RP456")
    story.refused(409, partner.post("/v1/orders", too_few, key=fresh_key()))
    story.send("placeOrder", "Restock a shop", by=partner)
    story.send("changeOrder", "Paid, and wanted sooner", _FIRST, headers=ANY_VERSION)
    story.send("confirmOrder", "Not all of it, and a date", _FIRST)


def _shipments(story: Story) -> None:
    story.send("createShipment", "Two boxes")
    story.send("changeShipment", "Its tracking number", _SHIPMENT, headers=ANY_VERSION)
    story.send("dispatchShipment", "On its way", _SHIPMENT)
    story.send("deliverShipment", "One short", _SHIPMENT)
    story.ask("getShipment", "One short", _SHIPMENT)
    story.ask("listShipments", "The only page")
    opened = story.send("openDiscrepancy", "Found when unpacking")
    code = {"discrepancy_id": opened["discrepancyId"]}
    story.ask("getDiscrepancy", "Found when unpacking", code)
    story.ask("listDiscrepancies", "The only page")
    story.send("resolveDiscrepancy", "Accepted", code)


def _arrivals(story: Story, item: Item) -> None:
    for code, operation, name in (
        ("ORD4", "receiveOrder", "Two broken, and nothing more will come"),
        ("ORD5", "receiveOrder", "All of it"),
        ("ORD6", "deliverShipment", "All of it"),
    ):
        sale = Placed.placed(story.tenant, order_body(item, 20, type="sale", orderId=code, retailPartnerId="RP456"))
        if code == "ORD5":
            unpacked = packed(sale, ("HOTSAUCE789", 20))
            story.send("cancelShipment", "Unpacked", {"shipment_id": unpacked})
        codes = {"order_id": code, "shipment_id": sale.shipped(20)}
        story.send(operation, name, codes)


def _return(story: Story) -> None:
    story.send("placeOrder", "A sale on a platform")
    again: Any = story.routes["placeOrder"].operation.examples["A sale on a platform"]
    repeated = story.tenant.operator.post("/v1/orders", again, key=fresh_key())
    story.recorded("placeOrder", "A sale that was recorded before", repeated)
    Placed(story.tenant, "ORD3").shipped(2, batch="BATCH202406")
    story.send("recordReturn", "Two came back, one broken")
    story.ask("getReturn", "Two came back, one broken", {"return_id": "RET1"})
    story.ask("listReturns", "The only page")


def _wait(story: Story, item: Item) -> None:
    story.send("placeOrder", "What is not there may wait")
    story.ask("getOrder", "As it waits", _WAITING)
    item.posted("receipt", 12, **_PLACE)
    story.send("confirmOrder", "As ordered", _WAITING)
    story.send("cancelOrder", "Four pieces", _WAITING)
    story.send("cancelOrder", "All of it", _WAITING)
