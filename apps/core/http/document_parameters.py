"""What a request carries beside its body, and what an answer carries beside its own, as the document shows it."""

import re
from typing import Any

import django_filters

from apps.core.http.filters import CodesFilter
from apps.core.http.operations import Operation
from apps.core.http.pages import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

Schema = dict[str, Any]
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
# In a path a product's own code has no slash.
PRODUCT_PATTERN = r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63}|sku:[^/\u0000-\u001f\u007f-\u009f]{1,64})$"
# A filter without a value is refused, or it would silently mean every row.
_FILTER = {"type": "string", "pattern": r"^[^\u0000]+$"}
_VERSION = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}
# What a path's names are called in the document's story, which the sandbox's first tenant tells too.
_PATH_EXAMPLES = {
    "agreement_id": "AGR1",
    "allocation_id": "alc_01k9x3v6q8e7ctr2m5n0p4s101",
    "batch_number": "BATCH202406",
    "count_id": "COUNT-2026",
    "discrepancy_id": "dsc_01k9x3v6q8e7ctr2m5n0p4s101",
    "order_id": "ORD1",
    "order_rule_id": "RULE1",
    "price_id": "PRICE1",
    "compatibility_id": "fit_01k9x3v6q8e7ctr2m5n0p4s101",
    "certification_id": "CRT-DOT-1",
    "group_id": "SAUCESHIRT",
    "parked_movement_id": "prk_01k9x3v6q8e7ctr2m5n0p4s11q",
    "sku_mapping_id": "MAP1",
    "field_mapping_id": "FIELDS1",
    "product_id": "HOTSAUCE789",
    "retail_partner_id": "RP456",
    "return_id": "RET1",
    "shipment_id": "SHP1",
    "supplier_id": "SUP123",
    "unit_of_measure": "CS",
    "transaction_id": "txn_01k9x3v6q8e7ctr2m5n0p4s101",
    "review_id": "rev_01k9x3v6q8e7ctr2m5n0p4s11q",
    "reservation_id": "res_01k9x3v6q8e7ctr2m5n0p4s102",
    "transfer_id": "TRF1",
    "warehouse_id": "Warehouse_A",
    "webhook_id": "whk_01k9x3v6q8e7ctr2m5n0p4s101",
    "delivery_id": "dlv_01k9x3v6q8e7ctr2m5n0p4s102",
    "page_id": "pag_01k9x3v6q8e7ctr2m5n0p4s101",
}
# Parameters that many operations share, by their component's name.
SHARED: dict[str, Schema] = {
    "RequestId": {
        "name": "Request-Id",
        "in": "header",
        "description": "An id of the caller's for this request; echoed, and made here when absent.",
        "schema": {"type": "string"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "A key of the caller's for this change, such as a UUID. The same key with the same request answers the "
            "same again and changes nothing more; kept for 72 hours."
        ),
        "schema": {"type": "string", "pattern": r'^([!-~]{1,255}|"[!-~]{1,255}")$'},
        "example": "3f0c2a9e-8f0e-4f0b-9a57-0d7c3f1c2b11",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of the answer that the caller read: the change happens only to that version.",
        "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,19}\.[0-9a-f]{8}")$'},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag that the caller has: 304 where it is still the current one.",
        "schema": {"type": "string"},
    },
    "IfNoneMatchAny": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*` creates, and only creates: 412 where the resource exists.",
        "schema": {"type": "string", "enum": ["*"]},
    },
    "Version": {
        "name": "version",
        "in": "query",
        "description": "The version that the caller read, where `If-Match` is not sent.",
        "schema": _VERSION,
    },
    "PageSize": {
        "name": "pageSize",
        "in": "query",
        "description": "How many rows a page has at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
    },
    "PageToken": {
        "name": "pageToken",
        "in": "query",
        "description": "`nextPageToken` of the page before, with the same filters and order.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
    },
}
# The key is required on some operations: a second component, since a reference cannot say so.
SHARED["RequiredIdempotencyKey"] = {**SHARED["IdempotencyKey"], "required": True}
HEADERS: dict[str, Schema] = {
    "RequestId": {"description": "The id under which this request is logged.", "schema": {"type": "string"}},
    "ETag": {
        "description": "The version and a digest of this representation.",
        "schema": {"type": "string", "pattern": r'^"[0-9]{1,19}\.[0-9a-f]{8}"$'},
    },
    "Location": {"description": "Where the resource is.", "schema": {"type": "string", "format": "uri-reference"}},
    "IdempotentReplayed": {
        "description": "`true` where the answer is that of an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Link": {"description": '`rel="next"`: the next page (RFC 8288).', "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait before the next try.", "schema": {"type": "string"}},
    "WWWAuthenticate": {"description": "How to authenticate (RFC 9728).", "schema": {"type": "string"}},
}


def parameters_of(path: str, method: str, definition: Operation) -> list[Schema]:
    """Return an operation's parameters: path, query, headers."""
    return [
        *(_path_parameter(name, definition) for name in re.findall(r"{(\w+)}", path)),
        *_query_parameters(definition),
        *(_shared(name) for name in _headers(method, definition)),
    ]


def camel(name: str) -> str:
    """Return a route's snake_case variable as the contract spells it."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def answer_headers(status: int, definition: Operation) -> dict[str, Schema]:
    """Return the headers of a successful answer."""
    present = {
        "Request-Id": True,
        "ETag": definition.tagged and status not in {202, 204},
        "Location": status in {201, 202},
        "Idempotent-Replayed": definition.keys != "none",
        "Link": definition.paged,
    }
    return {name: header(name) for name, is_present in present.items() if is_present}


def header(name: str) -> Schema:
    """Return the reference to a header's component."""
    return {"$ref": f"#/components/headers/{name.replace('-', '')}"}


def _shared(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


def _path_parameter(name: str, definition: Operation) -> Schema:
    is_code = name.endswith("_id")
    pattern = CODE_PATTERN if is_code else r"^[^/\u0000]+$"
    if name == "product_id" and not definition.creates_if_none:
        pattern = PRODUCT_PATTERN
    words = name.removesuffix("_id").replace("_", " ")
    return {
        "name": camel(name),
        "in": "path",
        "required": True,
        "description": f"Code of the {words}." if is_code else f"The {words}.",
        "schema": {"type": "string", "pattern": pattern},
        **({"example": _PATH_EXAMPLES[name]} if name in _PATH_EXAMPLES else {}),
    }


def _query_parameters(definition: Operation) -> list[Schema]:
    parameters: list[Schema] = []
    if definition.filters is not None:
        parameters += [_filter(name, filter_) for name, filter_ in definition.filters.base_filters.items()]
    parameters += [
        {
            "name": given.name,
            "in": "query",
            "description": given.description,
            "schema": dict(given.schema),
            **({"required": True} if given.required else {}),
        }
        for given in definition.parameters
    ]
    if definition.versioned and definition.body is None:
        parameters.append(_shared("Version"))
    if definition.paged:
        parameters += [_shared("PageSize"), _shared("PageToken")]
        if definition.order_by:
            parameters.append(_order_by(definition.order_by))
    return parameters


def _order_by(names: tuple[str, ...]) -> Schema:
    return {
        "name": "orderBy",
        "in": "query",
        "description": f"The order; by default `{names[0]}`.",
        "schema": {"type": "string", "enum": [order for name in names for order in (name, f"{name} desc")]},
    }


def _filter(name: str, filter_: django_filters.Filter) -> Schema:
    schema, description = _filter_schema(name, filter_)
    label = filter_.extra.get("help_text")
    return {"name": name, "in": "query", "description": str(label or description), "schema": schema}


def _filter_schema(name: str, filter_: django_filters.Filter) -> tuple[Schema, str]:
    subject, _, bound = name.partition(".")
    phrase = {"gte": "At or above", "gt": "Above", "lte": "At or below", "lt": "Below"}.get(bound, "Exactly")
    match filter_:
        case CodesFilter():
            text = {"type": "string", "pattern": _set_of(filter_.values)} if filter_.values else dict(_FILTER)
            return text, f"Rows whose {subject} is this, or one of several by comma (at most 100)."
        case django_filters.IsoDateTimeFilter() | django_filters.DateTimeFilter() | django_filters.DateFilter():
            phrase = {"gte": "At or after", "gt": "After", "lte": "At or before", "lt": "Before"}.get(bound, "At")
            form = "date" if isinstance(filter_, django_filters.DateFilter) else "date-time"
            return {"type": "string", "format": form}, f"{phrase} this {subject} (RFC 3339)."
        case django_filters.NumberFilter():
            bounds = {"minimum": filter_.extra.get("min_value"), "maximum": filter_.extra.get("max_value")}
            given = {name: bound for name, bound in bounds.items() if bound is not None}
            return {"type": "integer", "format": "int64", **given}, f"{phrase} this {subject}."
        case django_filters.BooleanFilter():
            return {"type": "boolean"}, f"Rows whose {subject} is this."
        case django_filters.ChoiceFilter():
            choices = [str(value) for value, _ in filter_.extra.get("choices", [])]
            return {"type": "string", **({"enum": choices} if choices else {})}, f"Rows whose {subject} is this."
    return dict(_FILTER), f"{phrase} this {subject}."


def _set_of(values: tuple[str, ...]) -> str:
    # A point is the only character of theirs that means another; what Python escapes more is wrong in JavaScript.
    one = f"({'|'.join(value.replace('.', '[.]') for value in values)})"
    return f"^{one}(,{one})*$"


def _headers(method: str, definition: Operation) -> list[str]:
    names = []
    if definition.keys != "none":
        names.append("RequiredIdempotencyKey" if definition.keys == "required" else "IdempotencyKey")
    if definition.versioned or definition.precondition_optional:
        names.append("IfMatch")
    if definition.tagged and method == "GET":
        names.append("IfNoneMatch")
    if definition.creates_if_none:
        names.append("IfNoneMatchAny")
    return [*names, "RequestId"]
