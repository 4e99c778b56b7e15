"""The problems that an operation may answer, derived from what the operation is."""

from collections import defaultdict
from typing import Any

from apps.core.http.document_examples import problem_example
from apps.core.http.document_parameters import header
from apps.core.http.operations import Operation
from apps.core.http.pages_for_people import problem_codes
from apps.core.http.problems import CONTENT_TYPE

Schema = dict[str, Any]

# Answered before a route is found, and a family that is refused only by its members: no operation names them.
OUTSIDE_OPERATIONS = frozenset({"conflict", "method_not_allowed"})
_ALWAYS = {
    400: ("invalid_request", "unknown_parameter"),
    401: ("invalid_token", "unauthenticated"),
    403: ("insufficient_scope", "ip_not_allowed", "not_permitted", "tenant_suspended"),
    406: ("not_acceptable",),
    500: ("internal",),
    503: ("unavailable",),
}
_PHRASES = {
    400: "The request is not valid",
    401: "No valid credential",
    403: "The credential does not reach this far",
    404: "Absent, or not visible to the caller",
    406: "Only JSON is answered",
    409: "The present state does not allow it",
    410: "Gone",
    412: "The precondition does not hold",
    413: "The body is too large",
    415: "The body's media type or encoding is not supported",
    421: "Another address serves this",
    422: "The idempotency key names another request",
    428: "A precondition is required",
    500: "The server failed",
    503: "Briefly unavailable",
}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_WHOLE = {"type": "integer", "format": "int64"}
# What refusals know beside their code.
_FACTS: dict[str, Schema] = {
    "available": {**_WHOLE, "description": "What there is (insufficient_stock)."},
    "supplierId": {"type": "string", "description": "Of whose product there is too little (insufficient_stock)."},
    "productId": {"type": "string", "description": "Of which product (insufficient_stock, invalid_state)."},
    "requested": {**_WHOLE, "description": "What was asked for (insufficient_stock, invalid_state …)."},
    "currentVersion": {**_WHOLE, "description": "The version to read again (version_conflict)."},
    "currentStatus": {"type": "string", "description": "The state that does not allow it (invalid_state)."},
    "maximum": {**_WHOLE, "description": "How many there may be (invalid_state, validation_error)."},
    "maximumAttributes": {**_WHOLE, "description": "How many attributes there may be (invalid_state)."},
    "expirationDate": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When the batch expires already (invalid_state).",
    },
    "batchNumber": {
        "type": ["string", "null"],
        "description": "Which batch has expired (batch_expired) or is too little (insufficient_stock).",
    },
    "reservationStatus": {"type": "string", "description": "What the reservation is instead of held (invalid_state)."},
    "expiresAt": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When the reservation lapses already (invalid_state).",
    },
    "reservationState": {"type": "string", "description": "What became of the reservation (insufficient_stock)."},
    "reserved": {**_WHOLE, "description": "How much is reserved (insufficient_stock)."},
    "onHold": {**_WHOLE, "description": "How much is on hold (insufficient_stock)."},
    "lines": {
        "type": "array",
        "description": "The lines that stop a count, each with its code and facts (insufficient_stock, invalid_state).",
        "items": {"type": "object"},
    },
    "value": {"type": "string", "description": "What is taken (already_exists)."},
    "retired": {"type": "boolean", "description": "Whether it was taken by something deleted (already_exists)."},
    "requiredScope": {"type": "string", "description": "The scope that the token lacks (insufficient_scope)."},
    "levels": {
        "type": "array",
        "description": "The levels to choose from (ambiguous_level).",
        "items": {"$ref": "#/components/schemas/LevelChoice"},
    },
    "allowed": {
        **_TEXTS,
        "description": "The methods that there are (method_not_allowed), or the steps that are left (invalid_state).",
    },
    "open": {
        **_WHOLE,
        "description": "How much of an order's line there still is to take the step with (invalid_state).",
    },
    "orderId": {"type": "string", "description": "The order that was recorded under the number (already_exists)."},
    "orderRuleId": {"type": "string", "description": "The rule that does not allow it (minimum_order_quantity)."},
    "minimum": {**_WHOLE, "description": "The least that may be ordered (minimum_order_quantity)."},
    "multiple": {**_WHOLE, "description": "What a quantity is a multiple of (minimum_order_quantity)."},
    "nearestQuantities": {
        "type": "array",
        "description": "The next quantities that would do (inexact_conversion, minimum_order_quantity).",
        "items": _WHOLE,
    },
    "unitOfMeasure": {"type": "string", "description": "The unit of the quantity (inexact_conversion)."},
    "unitsOfMeasure": {
        **_TEXTS,
        "description": "The product's units, the base unit first (validation_error, invalid_state).",
    },
    "variesBy": {**_TEXTS, "description": "What the products of the group differ in (invalid_state)."},
    "missing": {**_TEXTS, "description": "Of that, what has no value (invalid_state)."},
    "productIds": {**_TEXTS, "description": "Which products do not fit, the first 20 (invalid_state)."},
    "acceptable": {**_TEXTS, "description": "The media types that are answered (not_acceptable)."},
    "accepted": {**_TEXTS, "description": "The media types that are taken (unsupported_media_type)."},
    "address": {"type": "string", "format": "uri", "description": "Where to send it (misdirected_request)."},
    "maximumBytes": {**_WHOLE, "description": "How large a body may be (payload_too_large)."},
}
_HEADERS = {401: ["WWW-Authenticate"], 409: ["Retry-After"], 503: ["Retry-After"]}


def problem_responses(path: str, method: str, definition: Operation) -> dict[int, Schema]:
    """Return one response per status of 400 and above, each naming its codes."""
    return {status: _response(status, codes) for status, codes in possible_codes(path, method, definition).items()}


def possible_codes(path: str, method: str, definition: Operation) -> dict[int, list[str]]:
    """Return the codes that an operation may answer, by status.

    Raises ValueError for a code in `Operation.problems` that no refusal has.
    """
    codes: dict[int, set[str]] = defaultdict(set)
    for holds, status, possible in [(True, status, always) for status, always in _ALWAYS.items()] + _conditions(
        path, method, definition
    ):
        if holds:
            codes[status].update(possible)
    known = problem_codes()
    for code in definition.problems:
        if code not in known:
            raise ValueError(f"{definition.operation_id} names the problem {code}, which no refusal has.")
        for status in known[code][0]:
            if status != 412 or 412 in codes:
                codes[status].add(code)
    return {status: sorted(found) for status, found in sorted(codes.items())}


def _conditions(path: str, method: str, definition: Operation) -> list[tuple[bool, int, tuple[str, ...]]]:
    """Return what an operation may answer because of what it takes: (whether, status, codes)."""
    has_body = definition.body is not None
    has_keys = definition.keys != "none"
    has_precondition = definition.versioned or definition.precondition_optional
    return [
        ("{" in path, 404, ("not_found",)),
        (definition.filters is not None, 400, ("validation_error",)),
        (definition.paged, 400, ("invalid_page_token",)),
        (has_body, 400, ("malformed_json", "unknown_field", "validation_error")),
        (has_body, 413, ("payload_too_large",)),
        (has_body, 415, ("unsupported_media_type",)),
        (has_keys, 409, ("idempotency_in_progress",)),
        (has_keys, 422, ("idempotency_key_reused",)),
        (definition.keys == "required", 400, ("idempotency_key_required",)),
        (method != "GET", 409, ("concurrent_update",)),
        (has_precondition, 409, ("version_conflict",)),
        (has_precondition, 412, ("version_conflict",)),
        (definition.creates_if_none, 412, ("already_exists",)),
        (definition.versioned, 428, ("precondition_required",)),
    ]


def problem_examples() -> dict[str, Schema]:
    """Return the component of each code and status that an operation may answer."""
    return {
        f"{code}.{status}": {"summary": title, "value": problem_example(code, status, title)}
        for code, (statuses, title) in problem_codes().items()
        if code not in OUTSIDE_OPERATIONS
        for status in statuses
    }


def problem_schemas() -> dict[str, Schema]:
    """Return the components `Problem` and `FieldError` (RFC 9457)."""
    place = {"type": "string"}
    return {
        "LevelChoice": {
            "type": "object",
            "required": ["warehouseLocation", "batchNumber", "inventoryLevel"],
            "properties": {
                "warehouseLocation": {"type": "string"},
                "batchNumber": {"type": ["string", "null"]},
                "inventoryLevel": _WHOLE,
            },
        },
        "FieldError": {
            "type": "object",
            "description": "One wrong place: exactly one of pointer, parameter and header.",
            "required": ["code", "detail"],
            "properties": {
                "pointer": {**place, "description": "JSON Pointer into the body, as a fragment: `#/items/3/quantity`."},
                "parameter": {**place, "description": "Name of a query parameter."},
                "header": {**place, "description": "Name of a header."},
                "code": {"type": "string"},
                "detail": {"type": "string"},
            },
        },
        "Problem": {
            "type": "object",
            "description": (
                "Problem details (RFC 9457). The members behind `errors` are facts that help the caller act; each "
                "code has its own, and further ones may come."
            ),
            "required": ["type", "title", "status", "detail", "code", "requestId"],
            "properties": {
                "type": {"type": "string", "format": "uri", "description": "The page that explains the code."},
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string"},
                "instance": {"type": "string", "format": "uri-reference"},
                "code": {"type": "string", "x-extensible-enum": list(problem_codes())},
                "requestId": {"type": "string"},
                "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
                **_FACTS,
            },
        },
    }


def _response(status: int, codes: list[str]) -> Schema:
    names = ["Request-Id", *_HEADERS.get(status, [])]
    examples = {code: {"$ref": f"#/components/examples/{code}.{status}"} for code in codes}
    return {
        "description": f"{_PHRASES[status]}: {', '.join(f'`{code}`' for code in codes)}.",
        "headers": {name: header(name) for name in names},
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }
