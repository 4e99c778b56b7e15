"""The document's `webhooks`: what subscribers are sent. Raw, because drf-spectacular drops a webhook's headers."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.plumbing import ComponentRegistry

from apps.core.http.document_examples import event_examples
from apps.core.http.document_schemas import schema_of

Schema = dict[str, Any]

_HEADERS = {
    "webhook-id": (
        "The event's id, the same over all retries: what a receiver has seen, it ignores.",
        "^evt_[0-9a-hjkmnp-tv-z]{26}$",
        "evt_01k9x3v6q8e7ctr2m5n0p4s101",
    ),
    "webhook-timestamp": (
        "Unix seconds of this attempt; refuse what is older than five minutes.",
        "^[0-9]+$",
        "1763708400",
    ),
    "webhook-signature": (
        (
            "`v1,` and the base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, one per live secret, "
            "separated by spaces (Standard Webhooks)."
        ),
        "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
}


def webhook_operations(registry: ComponentRegistry) -> dict[str, Schema]:
    """Return one operation per type of event that subscribers can be sent and register the events' schemas."""
    return {
        event_type: {"post": _operation(event_type, schema_of(import_string(view), "answers", registry))}
        for event_type, view in sorted(settings.OUTBOX_VIEWS.items())
    }


def _operation(event_type: str, schema: Schema) -> Schema:
    name = "".join(part.capitalize() for part in event_type.replace("_", ".").split("."))
    return {
        "operationId": f"on{name}",
        "summary": f"Receive {event_type}",
        "description": (
            "Sent to every active webhook whose event types and filters match, as its party may see it. Verify the "
            "signature over the raw body, drop a `webhook-id` that was seen and a `sequence` that is not above the "
            "last one of the `subject`, answer 2xx within 15 seconds and do the work afterwards."
        ),
        "tags": ["Events"],
        "security": [],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": description,
                "schema": {"type": "string", "pattern": pattern},
                "example": example,
            }
            for header, (description, pattern, example) in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "examples": event_examples(event_type)}},
        },
        "responses": {
            "2XX": {"description": "Received. Anything else is tried again, for up to 72 hours."},
            "410": {"description": "Not wanted any more: the webhook is disabled."},
        },
    }
