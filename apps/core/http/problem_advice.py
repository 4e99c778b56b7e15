"""What a caller does about each problem code: the sentence on its page."""

ADVICE: dict[str, str] = {
    "already_exists": (
        "Read the existing resource, or choose another code; codes are never reused, not even after deletion."
    ),
    "ambiguous_level": "Name warehouseLocation, and batchNumber where there are batches; `levels` lists the choices.",
    "batch_expired": "Choose another batch, or have the expired one scrapped or counted out.",
    "concurrent_update": (
        "Send the same request again after `Retry-After`, with the same Idempotency-Key; nothing was done."
    ),
    "conflict": "Read the resource again and decide anew.",
    "cursor_expired": "Read the present state with an ordinary list, then start the feed again without a cursor.",
    "idempotency_in_progress": (
        "Wait for `Retry-After` and send the same request with the same key: it answers the first one's result."
    ),
    "idempotency_key_required": (
        "Send an Idempotency-Key of your own, such as a UUID, and keep it when you repeat the request."
    ),
    "idempotency_key_reused": "Use a new key for a new request; a key names one request for 72 hours.",
    "inexact_conversion": (
        "Send a quantity that is whole in the product's base unit; `nearestQuantities` names the neighbours."
    ),
    "insufficient_scope": (
        "Ask for a token with the scope in `requiredScope`; if the client may not have it, ask the tenant's "
        "administrator."
    ),
    "insufficient_stock": "Order at most `available`, or wait for an `inventory.updated` event that shows more.",
    "internal": (
        "The fault is ours. Repeat with the same Idempotency-Key; if it stays, send the operator the `requestId`."
    ),
    "invalid_check_digit": "Check the GTIN, GLN or SSCC for a mistyped digit; the last is computed from the others.",
    "invalid_page_token": "Start again from the first page, and change neither filters nor order between pages.",
    "invalid_request": "Correct what `errors` names: a pointer into the body, a parameter or a header.",
    "invalid_state": "Read the resource: its state does not allow this step, or no longer does.",
    "invalid_token": "Fetch a new token from /oauth/token; tokens live for 15 minutes.",
    "ip_not_allowed": "Call from a network that the client's settings name, or have them changed.",
    "malformed_json": "Send UTF-8 JSON without duplicate keys, NaN or nesting deeper than 32.",
    "method_not_allowed": "Use one of the methods in the `Allow` header.",
    "minimum_order_quantity": (
        "Order one of `nearestQuantities`, or another that is at least `minimum` and a multiple of `multiple`."
    ),
    "misdirected_request": (
        "Send the request to the address in `address`: streams and waiting are served by a process of their own."
    ),
    "not_acceptable": "Accept application/json: nothing else is answered.",
    "not_found": "Check the code. What another party may not see answers exactly like what does not exist.",
    "not_permitted": "Do this with a client of the party that owns the thing; this one may not.",
    "payload_too_large": "Send less at once: `maximumBytes` says how much, and batches can be split.",
    "precondition_required": "Read the resource and send its ETag as `If-Match`, or its version.",
    "rate_limited": "Wait for `Retry-After`, then go on more slowly.",
    "resource_in_use": "Archive it instead: change its status to archived.",
    "tenant_suspended": "Nothing helps but the operator: the tenant's credentials are suspended.",
    "unauthenticated": "Send `Authorization: Bearer` with a token from /oauth/token.",
    "unavailable": "Repeat after `Retry-After` with the same Idempotency-Key; it tells whether the first try happened.",
    "unknown_field": "Remove or correct the field that `errors` points to; fields are camelCase and never ignored.",
    "unknown_parameter": "Remove or correct the parameter that `errors` names; parameters are never ignored.",
    "unsupported_media_type": (
        "Send application/json without a content encoding; PATCH also takes application/merge-patch+json."
    ),
    "validation_error": "Correct the values that `errors` points to, then send again.",
    "version_conflict": "Read the resource, apply the change to what it is now, and send `currentVersion` with it.",
}
GENERAL = "The body's detail and facts say what stands in the way."
