"""The document's `webhooks`: what subscribers are sent. Raw, because drf-spectacular drops a webhook's headers."""

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

_MOMENT = "2026-11-21T07:00:00.123456Z"
_EXAMPLE = {
    "specversion": "1.0",
    "id": "evt_01k9x3v6q8e7ctr2m5n0p4s1wz",
    "source": "/v1/suppliers/SUP123",
    "type": "inventory.updated",
    "subject": "SUP123/HOTSAUCE789",
    "time": _MOMENT,
    "timestamp": _MOMENT,
    "datacontenttype": "application/json",
    "sequence": "18",
    "tenantid": "ten_01k9x3v6q8e7ctr2m5n0p4s1wz",
    "data": {
        "supplierId": "SUP123",
        "productId": "HOTSAUCE789",
        "inventoryLevel": 500,
        "reservedQuantity": 50,
        "availableQuantity": 450,
        "version": 18,
        "previous": {"inventoryLevel": 520, "reservedQuantity": 50},
        "cause": {"transactionId": "txn_01k9x3v6q8e7ctr2m5n0p4s1wz", "type": "sale", "reference": "ORD09876"},
    },
}
_HEADERS = {
    "webhook-id": ("The event's id, the same over all retries: what a receiver has seen, it ignores.", "^evt_"),
    "webhook-timestamp": ("Unix seconds of this attempt; refuse what is older than five minutes.", "^[0-9]+$"),
    "webhook-signature": (
        (
            "`v1,` and the base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, one per live secret, "
            "separated by spaces (Standard Webhooks)."
        ),
        "^v1,",
    ),
}


def webhook_operations(event_types: Iterable[str]) -> dict[str, Schema]:
    """Return one operation per type of event that subscribers can be sent."""
    return {type_: {"post": _operation(type_)} for type_ in sorted(event_types)}


def event_schema() -> Schema:
    """Return the envelope: a Standard Webhooks payload and a CloudEvents 1.0 event in one object."""
    text = {"type": "string"}
    moment = {"type": "string", "format": "date-time"}
    properties: dict[str, Schema] = {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {**text, "description": "The event's id; equals `webhook-id`."},
        "source": {"type": "string", "format": "uri-reference"},
        "type": {**text, "description": "What happened, such as `inventory.updated`."},
        "subject": {**text, "description": "What it happened to, such as `SUP123/HOTSAUCE789`."},
        "time": moment,
        "timestamp": moment,
        "datacontenttype": text,
        "sequence": {
            **text,
            "description": "The subject's version. Ignore an event that is not above the last one stored.",
            "pattern": "^[0-9]+$",
        },
        "tenantid": text,
        "data": {
            "type": "object",
            "description": "The subject as the subscriber may see it, with `previous` and `cause`.",
        },
    }
    required = [name for name in properties if name != "datacontenttype"]
    return {"type": "object", "required": required, "properties": properties}


def _operation(type_: str) -> Schema:
    name = "".join(part.capitalize() for part in type_.replace("_", ".").split("."))
    return {
        "operationId": f"on{name}",
        "summary": f"An event {type_}",
        "description": "Sent to every active subscription whose event types and filters match. Answer fast with 2xx.",
        "tags": ["Events"],
        "security": [],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": description,
                "schema": {"type": "string", "pattern": pattern},
            }
            for header, (description, pattern) in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Event"},
                    **({"examples": {type_: {"value": _EXAMPLE}}} if type_ == _EXAMPLE["type"] else {}),
                }
            },
        },
        "responses": {
            "2XX": {"description": "Received. Anything else is tried again, for up to 72 hours."},
            "410": {"description": "Not wanted any more: the subscription is disabled."},
        },
    }
