"""`webhooks trigger`: makes the real calls that cause an event, and takes back what they did.

A made-up event would teach a receiver a sequence that the item does not have, and the item's next real event would
look old to it. So an event here is one that happened: a change that changes nothing, with its own version.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.demo.api import Api
from sandbox.errors import SandboxError
from sandbox.hooks.caller import required

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the event is to be about; None: the first that the caller sees."""

    item: str | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Caused:
    """An event that was caused, and the call that caused it."""

    type: str
    subject: str
    sequence: int
    call: str


class NothingToTrigger(SandboxError):
    """There is nothing that the event could be about."""


async def update_inventory(api: Api, wanted: Wanted) -> list[Caused]:
    """Set an item's reorder threshold to what it is: a new version of the item, and the same stock."""
    path = _item_path(wanted.item) if wanted.item else await _first_item(api)
    for _ in range(_TRIES):
        item = required(await api.get(path), f"GET {path}")
        if "reorderThreshold" not in item:
            message = (
                "A retail partner sees this item and may not change it: sign in as its supplier or as an operator."
            )
            raise NothingToTrigger(message)
        body = {"reorderThreshold": item["reorderThreshold"], "version": item["version"]}
        answer = await api.patch(path, body, key=str(uuid4()))
        if answer.code != "version_conflict":  # somebody else moved it meanwhile
            break
    changed = required(answer, f"PATCH {path}")
    return [
        Caused(
            "inventory.updated", _subject(changed), changed["version"], f"PATCH {path} with its own reorderThreshold"
        )
    ]


async def reserve_and_release(api: Api, wanted: Wanted) -> list[Caused]:
    """Hold one unit and give it back."""
    made = await _reserve_one(api, wanted)
    path = f"/v1/reservations/{made['reservationId']}"
    required(await api.delete(f"{path}?version={made['version']}"), f"DELETE {path}")
    return [
        Caused("reservation.created", made["reservationId"], made["version"], "POST /v1/reservations for one unit"),
        Caused("reservation.released", made["reservationId"], made["version"] + 1, f"DELETE {path}"),
    ]


async def reserve_and_lapse(api: Api, wanted: Wanted) -> list[Caused]:
    """Hold one unit for a second; the sweeper takes it back a few seconds later."""
    lapses = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    made = await _reserve_one(api, wanted, expiresAt=lapses)
    return [
        Caused("reservation.created", made["reservationId"], made["version"], "POST /v1/reservations for one unit"),
        Caused("reservation.expired", made["reservationId"], made["version"] + 1, f"it lapses at {lapses}"),
    ]


async def run_out_and_return(api: Api, wanted: Wanted) -> list[Caused]:
    """Hold all that is available of an item, and give it back."""
    path = _item_path(wanted.item) if wanted.item else await _first_item(api)
    item = required(await api.get(path), f"GET {path}")
    made = await _reserve_one(api, Wanted(item=_subject(item)), quantity=item["availableQuantity"])
    out = required(await api.get(path), f"GET {path}")["version"]
    lease = f"/v1/reservations/{made['reservationId']}"
    required(await api.delete(f"{lease}?version={made['version']}"), f"DELETE {lease}")
    back = required(await api.get(path), f"GET {path}")["version"]
    return [
        Caused("inventory.out_of_stock", _subject(item), out, "POST /v1/reservations for all that was available"),
        Caused("inventory.back_in_stock", _subject(item), back, f"DELETE {lease}"),
    ]


async def run_low(api: Api, wanted: Wanted) -> list[Caused]:
    """Raise an item's reorder threshold to what is available, and set it back."""
    path = _item_path(wanted.item) if wanted.item else await _first_item(api)
    item = required(await api.get(path), f"GET {path}")
    if item.get("stockStatus") != "inStock" or "reorderThreshold" not in item:
        message = "The item is low or out of stock already, or not the caller's to change: name another by --item."
        raise NothingToTrigger(message)
    low = {"reorderThreshold": item["availableQuantity"], "version": item["version"]}
    changed = required(await api.patch(path, low, key=str(uuid4())), f"PATCH {path}")
    back = {"reorderThreshold": item["reorderThreshold"], "version": changed["version"]}
    required(await api.patch(path, back, key=str(uuid4())), f"PATCH {path}")
    return [
        Caused("inventory.low_stock", _subject(item), changed["version"], f"PATCH {path} with its threshold raised")
    ]


async def send_and_turn_back(api: Api, wanted: Wanted) -> list[Caused]:
    """Ship one unit to another warehouse and cancel on the way: it goes back where it came from."""
    path = _item_path(wanted.item) if wanted.item else await _first_item(api)
    item = required(await api.get(path), f"GET {path}")
    source, destination = await _ends(api, item)
    line = {"supplierId": item["supplierId"], "productId": item["productId"], "quantity": 1}
    body = {"fromWarehouseLocation": source, "toWarehouseLocation": destination, "items": [line]}
    made = required(await api.post("/v1/transfers", body, key=str(uuid4())), "POST /v1/transfers")
    code = made["transferId"]
    caused = []
    for step, event in (("ship", "transfer.shipped"), ("cancel", "transfer.cancelled")):
        call = f"POST /v1/transfers/{code}/{step}"
        done = required(await api.post(f"/v1/transfers/{code}/{step}", {}, key=str(uuid4())), call)
        caused.append(Caused(event, code, done["version"], call))
    return caused


async def sell_and_cancel(api: Api, wanted: Wanted) -> list[Caused]:
    """Record a sale of one unit, note a reference, and cancel it: the unit is held in between, and given back."""
    item = await _house_item(api, wanted)
    order = await _order_one(api, item, type="sale")
    path = f"/v1/orders/{order['orderId']}"
    note = {"reference": "webhooks trigger", "version": order["version"]}
    noted = required(await api.patch(path, note, key=str(uuid4())), f"PATCH {path}")
    return [
        Caused("order.placed", order["orderId"], order["version"], "POST /v1/orders with a sale of one unit"),
        Caused("order.updated", order["orderId"], noted["version"], f"PATCH {path} with a reference"),
        await _step(api, order, "cancel", "order.cancelled"),
    ]


async def order_confirm_and_cancel(api: Api, wanted: Wanted) -> list[Caused]:
    """Order one unit for a retail partner, confirm the order, and cancel it."""
    item = await _house_item(api, wanted)
    partner = await _first(api, "/v1/retailPartners", "retailPartnerId", "retail partner")
    order = await _order_one(api, item, type="replenishment", retailPartnerId=partner)
    return [
        Caused("order.placed", order["orderId"], order["version"], "POST /v1/orders for one unit"),
        await _step(api, order, "confirm", "order.confirmed"),
        await _step(api, order, "cancel", "order.cancelled"),
    ]


async def update_product(api: Api, wanted: Wanted) -> list[Caused]:
    """Set a product's name to what it is."""
    code = wanted.product or await _first(api, "/v1/products", "productId", "product")
    path = f"/v1/products/{code}"
    product = required(await api.get(path), f"GET {path}")
    body = {"name": product["name"], "version": product["version"]}
    changed = required(await api.patch(path, body, key=str(uuid4())), f"PATCH {path}")
    return [Caused("product.updated", code, changed["version"], f"PATCH {path} with its own name")]


async def create_product(api: Api, wanted: Wanted) -> list[Caused]:
    """Create a product of a code of its own and archive it: codes are never given twice, so it cannot be undone."""
    code = wanted.product or f"TRIGGER-{uuid4().hex[:12]}"
    body = {"productId": code, "sku": code, "name": "Made by `webhooks trigger`"}
    made = required(await api.post("/v1/products", body, key=str(uuid4())), "POST /v1/products")
    path = f"/v1/products/{code}"
    archived = {"status": "archived", "version": made["version"]}
    changed = required(await api.patch(path, archived, key=str(uuid4())), f"PATCH {path}")
    return [
        Caused("product.created", code, made["version"], f"POST /v1/products with productId {code}"),
        Caused("product.updated", code, changed["version"], f"PATCH {path} with status archived"),
    ]


async def send_tests(api: Api, wanted: Wanted) -> list[Caused]:
    """Have the test event sent to each active webhook of the caller."""
    caused = []
    for hook in await active_webhooks(api):
        path = f"/v1/webhooks/{hook['webhookId']}/test"
        sent = required(await api.post(path, None, key=str(uuid4())), f"POST {path}")
        caused.append(Caused("webhook.test", hook["webhookId"], sent["sequence"], f"POST {path}"))
    if not caused:
        message = "The caller has no active webhook to test: make one with `python manage.py webhooks listen`."
        raise NothingToTrigger(message)
    return caused


@dataclass(frozen=True, slots=True)
class Trigger:
    """How an event of one type is caused, and which scopes that needs."""

    cause: Callable[[Api, Wanted], Awaitable[list[Caused]]]
    scopes: tuple[str, ...]


_HOUSE = {"type": "tenant", "id": None}
_RESERVES = ("inventory:read", "inventory:write")
_ORDERS = ("inventory:read", "orders:read", "orders:write")
_TRANSFERS = (*_RESERVES, "warehouses:read")
TRIGGERS = {
    "inventory.low_stock": Trigger(run_low, _RESERVES),
    "inventory.out_of_stock": Trigger(run_out_and_return, _RESERVES),
    "inventory.back_in_stock": Trigger(run_out_and_return, _RESERVES),
    "reservation.created": Trigger(reserve_and_release, _RESERVES),
    "reservation.released": Trigger(reserve_and_release, _RESERVES),
    "reservation.expired": Trigger(reserve_and_lapse, _RESERVES),
    "transfer.shipped": Trigger(send_and_turn_back, _TRANSFERS),
    "transfer.cancelled": Trigger(send_and_turn_back, _TRANSFERS),
    "order.placed": Trigger(sell_and_cancel, _ORDERS),
    "order.updated": Trigger(sell_and_cancel, _ORDERS),
    "order.cancelled": Trigger(sell_and_cancel, _ORDERS),
    "order.confirmed": Trigger(order_confirm_and_cancel, (*_ORDERS, "retail_partners:read")),
    "inventory.updated": Trigger(update_inventory, _RESERVES),
    "product.created": Trigger(create_product, ("products:read", "products:write")),
    "product.updated": Trigger(update_product, ("products:read", "products:write")),
    "webhook.test": Trigger(send_tests, ("webhooks:read", "webhooks:write")),
}


# What no call can cause without moving stock or waiting for a day.
NOT_TRIGGERED = {
    "inventory.expiring": "it takes a batch that expires soon: receive one; it is told of within a minute",
    "product.certification_expiring": "it takes a certificate that expires soon: add one with `validTo` in a few days;"
    " it is told of within a minute",
    "product.certification_expired": "it takes a certificate that has expired: add one with `validTo` in the"
    " past; it is told of within a minute",
    "inventory.discrepancy": "it takes feeds that contradict each other: post two counts with `source`, the later"
    " with an earlier `countedAt`",
    "batch.held": "it takes a batch off the market, and reservations on it give way:"
    " POST /v1/batches/{batchNumber}/hold",
    "batch.released": "it takes a held batch: POST /v1/batches/{batchNumber}/unhold",
    "reservation.committed": "it moves stock: POST /v1/reservations/{reservationId}/commit",
    "transfer.received": "it moves stock: POST /v1/transfers/{transferId}/receive",
    "reservation.filled": "it takes an order that waits, and stock for it: receive what a back-ordered line asks for",
    "order.shipped": "it moves stock: POST /v1/shipments/{shipmentId}/dispatch",
    "order.received": "it takes an order that was shipped: POST /v1/orders/{orderId}/receive",
    "shipment.created": "it takes a confirmed order: POST /v1/shipments",
    "shipment.updated": "it takes a shipment: PATCH /v1/shipments/{shipmentId}",
    "shipment.dispatched": "it moves stock: POST /v1/shipments/{shipmentId}/dispatch",
    "shipment.delivered": "it takes a shipment that has left: POST /v1/shipments/{shipmentId}/deliver",
    "shipment.cancelled": "it takes a shipment that has not left: POST /v1/shipments/{shipmentId}/cancel",
    "discrepancy.opened": "it takes a shipment that has left: POST /v1/discrepancies",
    "discrepancy.resolved": "it takes an open discrepancy: POST /v1/discrepancies/{discrepancyId}/resolve",
    "return.received": "it moves stock, and takes an order that was shipped: POST /v1/returns",
    "inventory.snapshot": "it answers a resync: POST /v1/webhooks/{webhookId}/resync",
    "webhook.failing": "it takes a receiver that has failed for an hour",
    "webhook.disabled": "it takes a receiver that answers 410, or has failed for 72 hours",
    "reservation.displaced": "it takes a loss: count less than is reserved",
}


async def active_webhooks(api: Api) -> list[dict[str, Any]]:
    """Return the caller's webhooks that get events."""
    return [hook async for hook in api.rows("/v1/webhooks") if hook["status"] == "active"]


def _item_path(item: str) -> str:
    parts = item.split("/")
    if len(parts) not in {2, 3} or not all(parts):
        message = (
            f"{item!r} is not an item: say SUPPLIER/PRODUCT, or SUPPLIER/PRODUCT/PARTNER for a partner's own stock."
        )
        raise NothingToTrigger(message)
    query = f"?retailPartnerId={parts[2]}" if len(parts) == 3 else ""
    return f"/v1/inventory/{parts[0]}/{parts[1]}{query}"


def _subject(item: dict[str, Any]) -> str:
    return "/".join(filter(None, (item["supplierId"], item["productId"], item.get("retailPartnerId"))))


async def _reserve_one(api: Api, wanted: Wanted, quantity: int = 1, **members: Any) -> dict[str, Any]:
    path = _item_path(wanted.item) if wanted.item else await _first_item(api)
    item = required(await api.get(path), f"GET {path}")
    line = {"supplierId": item["supplierId"], "productId": item["productId"], "quantity": quantity}
    if item.get("retailPartnerId"):
        line["retailPartnerId"] = item["retailPartnerId"]
    body = {"items": [line], "reference": "webhooks trigger", **members}
    made: dict[str, Any] = required(await api.post("/v1/reservations", body, key=str(uuid4())), "POST /v1/reservations")
    return made


async def _house_item(api: Api, wanted: Wanted) -> dict[str, Any]:
    """Return an item that may be ordered: a partner's own is not for sale."""
    path = _item_path(wanted.item) if wanted.item else await _first_item(api)
    item: dict[str, Any] = required(await api.get(path), f"GET {path}")
    if item.get("retailPartnerId"):
        message = "A retail partner's own stock is not ordered: name SUPPLIER/PRODUCT by --item."
        raise NothingToTrigger(message)
    return item


async def _order_one(api: Api, item: dict[str, Any], **members: Any) -> dict[str, Any]:
    body = {"supplierId": item["supplierId"], "items": [{"productId": item["productId"], "quantity": 1}], **members}
    made: dict[str, Any] = required(await api.post("/v1/orders", body, key=str(uuid4())), "POST /v1/orders")
    return made


async def _step(api: Api, order: dict[str, Any], step: str, event: str) -> Caused:
    path = f"/v1/orders/{order['orderId']}/{step}"
    done = required(await api.post(path, {}, key=str(uuid4())), f"POST {path}")
    return Caused(event, order["orderId"], done["version"], f"POST {path}")


async def _ends(api: Api, item: dict[str, Any]) -> tuple[str, str]:
    """Return a warehouse where one unit of an item is available, and another of the same party's."""
    sources = [level["warehouseLocation"] for level in item.get("levels", []) if level["availableQuantity"]]
    partner = item.get("retailPartnerId")
    owners = (
        [{"type": "retailPartner", "id": partner}]
        if partner
        else [_HOUSE, {"type": "supplier", "id": item["supplierId"]}]
    )
    async for warehouse in api.rows("/v1/warehouses"):
        if sources and warehouse["warehouseId"] != sources[0] and warehouse["owner"] in owners:
            return sources[0], warehouse["warehouseId"]
    message = "It takes stock in one warehouse and a second warehouse of the same party: name another item by --item."
    raise NothingToTrigger(message)


async def _first_item(api: Api) -> str:
    page = required(await api.get("/v1/inventory?pageSize=1"), "GET /v1/inventory")
    for row in page["data"]:
        partner = row.get("retailPartnerId")
        return _item_path("/".join(filter(None, (row["supplierId"], row["productId"], partner))))
    message = "The caller sees no stock yet: receive some first (docs/guides/stock.md)."
    raise NothingToTrigger(message)


async def _first(api: Api, path: str, name: str, what: str) -> str:
    page = required(await api.get(f"{path}?pageSize=1"), f"GET {path}")
    for row in page["data"]:
        return str(row[name])
    message = f"The caller sees no {what} yet: create one first."
    raise NothingToTrigger(message)
