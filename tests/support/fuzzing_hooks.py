"""Hooks of schemathesis (SCHEMATHESIS_HOOKS): what no schema can say of a valid request.

A negative case is sent as it was generated. In a positive one these are put right, each a rule that ordinary tests
hold: a key of its own per case; page tokens and cursors are ours alone; a retail partner's events name no warehouse;
`productId` in a body repeats the path; a whole number is written without a point; moments of the past are past, a
reservation ends in the future, the days of an agreement are in order, a transfer leads elsewhere, names a thing once,
and a receipt of it says something; a document to try a mapping on has no names; a level is named; an order names a
product once, and either whose it is or the sale that it is, which goes into no warehouse; a price is money of a
currency that there is, a rule has a quantity, a code is one party's; a movement counts base units, because which others
there are is the product's; an owner has an id unless it is the tenant; If-Match and `version` name one version.
(schemathesis also takes "0" for a value of If-Match's pattern.)
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

_FILE = "productId,make,model,yearFrom,yearTo\nHOTSAUCE789,Toyota,Camry,2018,2024"
_PAST = "2026-01-01T00:00:00Z"
_NOW = datetime.now(UTC).isoformat()
# As far as a reservation may be extended.
_TRADE = ("/v1/orders", "/v1/returns", "/v1/shipments", "/v1/discrepancies")
_FUTURE = (datetime.now(UTC) + timedelta(days=20)).isoformat()
# Formats with a check digit, and addresses that a webhook may have.
schemathesis.openapi.format("gtin", st.sampled_from(["05012345678900", "5012345678917", "4006381333931"]))
schemathesis.openapi.format("sscc", st.sampled_from(["106141412345678908", "340123450000000000"]))
schemathesis.openapi.format("gln", st.sampled_from(["5012345678900", "4012345000009"]))
schemathesis.openapi.format(
    "uri", st.sampled_from(["https://shop.example.com/stock-events", "https://example.org:8443"])
)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Put right what the schema could not say."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid4())
    _ask_what_there_is(case)
    case.body = _plain(case.body)
    _name_one_version(case)
    _name_a_vehicle(case)
    if isinstance(case.body, dict):
        if "productId" in case.body and "productId" in (case.path_parameters or {}):
            case.body["productId"] = case.path_parameters["productId"]
        if "policy" in case.body:
            case.body["priorities"] = ["wms"] if case.body["policy"] == "sourcePriority" else []
        if isinstance(case.body.get("lines"), list):
            # One, because two may be about one level; and of a batch, because there may be several.
            case.body["lines"] = [{"batchNumber": "BATCH202406", **line} for line in _lines(case.body)[:1]]
        if isinstance(case.body.get("owner"), dict):
            case.body["owner"] = _whole_owner(case.body["owner"])
        _show_and_keep(case.body)
        for line in [case.body, *_lines(case.body)]:
            _put_right(line)
        _move_something(case.body)
        if case.operation.path.endswith("/commit") and case.body.get("items"):
            case.body["items"] = case.body["items"][:1]  # one, because each is named once
        _catalogue(case.operation.path, case.body)
        if case.operation.path.endswith("/allocations"):
            _share_with_one(case.body)
        if case.operation.path.endswith(("/receive", "/deliver")):
            case.body["complete"] = True
        if case.operation.path.startswith(_TRADE):
            _trade(case.body, is_order=case.operation.path == "/v1/orders")


def _ask_what_there_is(case: Any) -> None:
    if case.operation.path == "/v1/events" and case.query:  # a retail partner may not ask by warehouse
        case.query.pop("warehouseLocation", None)
    for token in ("pageToken", "cursor"):
        if case.query:
            case.query.pop(token, None)
    if case.operation.path.endswith("/effectivePrice"):  # by a currency that there is
        case.query["currencyCode"] = "USD"


def _name_one_version(case: Any) -> None:
    tag = (case.headers or {}).get("If-Match")
    named = "version" in (case.query or {}) or (isinstance(case.body, dict) and "version" in case.body)
    if tag is not None and named:
        del case.headers["If-Match"]
    elif tag == "0":
        case.headers["If-Match"] = "*"


def _name_a_vehicle(case: Any) -> None:
    """A vehicle that is searched for has a make, and a file names columns."""
    if any(name.startswith("fits.") for name in case.query or ()):
        case.query.setdefault("fits.make", "Toyota")
    if case.operation.path.endswith("/compatibility/import"):
        case.body = _FILE
    elif case.operation.path.endswith("/compatibility") and isinstance(case.body, dict):
        # One, because several may be the same.
        case.body["items"] = case.body["items"][:1]


def _show_and_keep(product: dict[str, Any]) -> None:
    """A position is one picture's, and temperatures are in order."""
    for number, image in enumerate(product.get("images") or (), start=1):
        if image.get("position") is not None:
            image["position"] = number
    conditions = product.get("storageConditions") or {}
    for name, degrees in (("temperatureMinimum", "2"), ("temperatureMaximum", "8")):
        if conditions.get(name) is not None:
            conditions[name] = degrees


def _whole_owner(owner: dict[str, Any]) -> dict[str, Any]:
    kind = owner.get("type", "tenant")
    return {"type": kind} if kind == "tenant" else {"type": kind, "id": owner.get("id") or "SUP123"}


def _lines(body: dict[str, Any]) -> list[dict[str, Any]]:
    items = body.get("items") or body.get("lines")
    return [line for line in items if isinstance(line, dict)] if isinstance(items, list) else []


_MOMENTS = {
    "occurredAt": _PAST,
    "countedAt": _PAST,
    "since": _PAST,
    "until": _NOW,
    "expectedAt": _FUTURE,
    "expiresAt": _FUTURE,
    "borrowableUntil": _FUTURE,
    "endsAt": _FUTURE,
}


def _put_right(line: dict[str, Any]) -> None:
    for name, moment in _MOMENTS.items():
        if line.get(name) is not None:
            line[name] = moment
    for name, year in (("yearFrom", 2018), ("yearTo", 2024)):
        if line.get(name) is not None:
            line[name] = year
    for name, day in (("validFrom", "2026-01-01"), ("validTo", "2034-12-31")):
        if line.get(name) is not None:
            line[name] = f"{day}T00:00:00Z" if "T" in str(line[name]) else day
    if isinstance(line.get("price"), dict):
        line["price"] = {"amount": "5.00", "currencyCode": "USD"}
    _name_a_level(line)
    if "type" in line:
        line.pop("unitOfMeasure", None)
    if line.get("type") == "transfer" and line.get("toWarehouseLocation") == line.get("warehouseLocation"):
        line["toWarehouseLocation"] = f"{line['warehouseLocation'][:60]}-B"


def _share_with_one(pool: dict[str, Any]) -> None:
    """A pool that is made is a retail partner's or a channel's."""
    if pool.get("retailPartnerId") is not None:
        pool.pop("channel", None)
    else:
        pool["channel"] = pool.get("channel") or "marketplace"


def _catalogue(path: str, body: dict[str, Any]) -> None:
    """Which units there are is the product's, a rule has a quantity, and names are one party's and of known members."""
    if path.startswith(("/v1/prices", "/v1/orderRules", "/v1/skuMappings")):
        body.pop("unitOfMeasure", None)
    if path.startswith("/v1/prices"):
        _price(body)
    if path == "/v1/orderRules":
        body["minimumQuantity"] = body.get("minimumQuantity") or 1
    if path in {"/v1/skuMappings", "/v1/fieldMappings"}:
        body |= {"supplierId": body.get("supplierId") or "SUP123", "retailPartnerId": None}
    if path.startswith("/v1/fieldMappings"):
        body |= {name: {} for name in ("fields", "attributeFields", "document") if name in body}


def _price(price: dict[str, Any]) -> None:
    """An amount has no more places than its currency, and a window has a moment."""
    if isinstance(price.get("price"), dict):
        price["price"] = {"amount": "5.00", "currencyCode": "USD"}
    for name, moment in (("validFrom", "2026-01-01T00:00:00Z"), ("validTo", "2034-12-31T00:00:00Z")):
        if price.get(name) is not None:
            price[name] = moment


def _move_something(body: dict[str, Any]) -> None:
    """A transfer leads elsewhere and names a thing once."""
    if body.get("fromWarehouseLocation") is not None:
        if body["fromWarehouseLocation"] == body.get("toWarehouseLocation"):
            body["toWarehouseLocation"] = f"{body['fromWarehouseLocation'][:60]}-B"
        named = {
            (line.get("supplierId"), line.get("productId"), line.get("batchNumber")): line for line in _lines(body)
        }
        body["items"] = list(named.values())


def _trade(body: dict[str, Any], *, is_order: bool) -> None:
    """Base units, of products that are named once; who orders is named, and what was sold on a platform is a sale."""
    packages = [package for package in body.get("packages") or [] if isinstance(package, dict)]
    for line in [body, *_lines(body), *(line for package in packages for line in _lines(package))]:
        line.pop("unitOfMeasure", None)
        line.pop("deliverySchedule", None)
    if not is_order:
        return
    body["items"] = list({line.get("productId"): line for line in _lines(body)}.values())
    body["retailPartnerId"] = body.get("retailPartnerId") or "RP456"
    if body.get("type") != "sale" or body.get("platform") is None or body.get("platformOrderNumber") is None:
        body.pop("platform", None)
        body.pop("platformOrderNumber", None)
    if body.get("type") == "sale":
        body.pop("deliveryWarehouse", None)


def _name_a_level(line: dict[str, Any]) -> None:
    """What corrects one level names it: without, the answer depends on how many levels there are."""
    if line.get("type") in {"adjustment", "count"} or "inventoryLevel" in line:
        line["warehouseLocation"] = line.get("warehouseLocation") or "Warehouse_A"
        line["batchNumber"] = line.get("batchNumber") or "BATCH202406"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list) else value
