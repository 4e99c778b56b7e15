"""`docs/api/released.json` is what callers rely on: what breaks it needs a decision record that says so."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from apps.core.http.openapi import openapi_document
from sandbox.state_dir import CHECKOUT
from tests.contract.breaking import breaking_changes

RELEASED = CHECKOUT / "docs" / "api" / "released.json"
ITEM = "/v1/inventory/{supplierId}/{productId}"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def test_what_breaks_the_released_document_has_a_decision(document: dict[str, Any]) -> None:
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    records = "\n".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "docs" / "decisions").glob("0*.md"))
    decided = set(re.findall(r"^Breaks: (.+)$", records, re.MULTILINE))
    undecided = [change for change in breaking_changes(released, document) if change not in decided]
    assert undecided == [], "A decision record names each in a line `Breaks: <change>`; see docs/decisions."


def test_nothing_breaks_itself(document: dict[str, Any]) -> None:
    assert breaking_changes(document, document) == []


BREAKING: dict[str, tuple[Change, str]] = {
    "an operation is removed": (lambda d: d["paths"][ITEM].pop("post"), "postMovement is gone"),
    "a path is removed": (lambda d: d["paths"].pop("/v1/products"), "listProducts is gone"),
    "an operation is renamed": (
        lambda d: d["paths"][ITEM]["get"].update(operationId="readItem"),
        "getInventoryItem is called readItem",
    ),
    "a parameter is removed": (
        lambda d: d["paths"]["/v1/inventory"]["get"]["parameters"].pop(0),
        "listInventory takes no parameter supplierId",
    ),
    "a parameter is required": (
        lambda d: d["components"]["parameters"]["IfMatch"].update(required=True),
        "postMovement needs the parameter If-Match",
    ),
    "a parameter is bounded": (
        lambda d: d["components"]["parameters"]["PageSize"]["schema"].update(maximum=100),
        "listInventory parameter pageSize has a lower maximum",
    ),
    "a status is gone": (
        lambda d: d["paths"][ITEM]["get"]["responses"].pop("304"),
        "getInventoryItem answers 304 no longer",
    ),
    "a header is gone": (
        lambda d: d["paths"][ITEM]["get"]["responses"]["200"]["headers"].pop("ETag"),
        "getInventoryItem 200 has no header ETag",
    ),
    "another scope is needed": (
        lambda d: d["paths"][ITEM]["get"].update(security=[{"oauth2": ["events:read"]}]),
        "getInventoryItem needs other scopes",
    ),
    "a media type is gone": (
        lambda d: d["paths"][ITEM]["patch"]["requestBody"]["content"].pop("application/json"),
        "changeInventoryItem body knows application/json no longer",
    ),
    "a member of an answer is gone": (
        lambda d: d["components"]["schemas"]["ProductView"]["properties"].pop("gtin"),
        "getProduct 200/gtin is gone",
    ),
    "a member of an answer may be missing": (
        lambda d: d["components"]["schemas"]["ProductView"]["required"].remove("gtin"),
        "getProduct 200/gtin may be missing",
    ),
    "a member of an answer may be null": (
        lambda d: d["components"]["schemas"]["ProductView"]["properties"]["sku"].update(type=["string", "null"]),
        "getProduct 200/sku has another type",
    ),
    "a member of an event is gone": (
        lambda d: d["components"]["schemas"]["UpdatedItemView"]["properties"].pop("previous"),
        "onInventoryUpdated body/data/previous is gone",
    ),
    "a member of a request is needed": (
        lambda d: d["components"]["schemas"]["Sale"]["required"].append("reference"),
        "postMovement body/reference is needed",
    ),
    "a member of a request is gone": (
        lambda d: d["components"]["schemas"]["Sale"]["properties"].pop("reason"),
        "postMovement body/reason is gone",
    ),
    "a member of a request takes no null": (
        lambda d: d["components"]["schemas"]["Sale"]["properties"]["reference"].update(type="string"),
        "postMovement body/reference has another type",
    ),
    "a value is refused": (
        lambda d: d["components"]["schemas"]["ReturnDisposition"]["enum"].remove("quarantine"),
        "postMovement body/disposition knows 'quarantine' no longer",
    ),
    "a text is shorter": (
        lambda d: d["components"]["schemas"]["Sale"]["properties"]["reference"].update(maxLength=100),
        "postMovement body/reference has a lower maxLength",
    ),
    "a pattern is another": (
        lambda d: d["components"]["schemas"]["Sale"]["properties"]["reference"].update(pattern="^[A-Z]*$"),
        "postMovement body/reference has another pattern",
    ),
    "a pattern takes something else in place of what it took": (
        lambda d: d["components"]["parameters"]["IfNoneMatchAny"]["schema"].update(pattern="^([A-Z]|x)$"),
        "replaceProduct parameter If-None-Match has another pattern",
    ),
    "a kind of body is refused": (
        lambda d: d["components"]["schemas"]["Movement"]["oneOf"].pop(1),
        "postMovement body takes no Sale",
    ),
    "an answer may be something else": (
        lambda d: d["components"]["schemas"]["AnyItemView"]["anyOf"].append({"$ref": "#/components/schemas/LevelView"}),
        "getInventoryItem 200 may be LevelView",
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_it_is_seen(document: dict[str, Any], name: str) -> None:
    change, told = BREAKING[name]
    present = copy.deepcopy(document)
    change(present)
    assert told in breaking_changes(document, present)


HARMLESS: dict[str, Change] = {
    "an operation more": lambda d: d["paths"].update({"/v1/new": {"get": {"operationId": "getNew", "responses": {}}}}),
    "a parameter more": lambda d: d["paths"][ITEM]["get"]["parameters"].append(
        {"name": "asOf", "in": "query", "schema": {"type": "string"}}
    ),
    "a member of an answer more": lambda d: d["components"]["schemas"]["ProductView"]["properties"].update(
        colour={"type": "string"}
    ),
    "a member of a request more": lambda d: d["components"]["schemas"]["Sale"]["properties"].update(
        colour={"type": "string"}
    ),
    "a value more": lambda d: d["components"]["schemas"]["ReturnDisposition"]["enum"].append("inspect"),
    "a pattern that takes more": lambda d: d["components"]["parameters"]["IdempotencyKey"]["schema"].update(
        pattern=f"^({d['components']['parameters']['IdempotencyKey']['schema']['pattern'][1:-1]}|x)$"
    ),
    "a longer text": lambda d: d["components"]["schemas"]["Sale"]["properties"]["reference"].update(maxLength=500),
    "a kind of body more": lambda d: d["components"]["schemas"]["Movement"]["oneOf"].append(
        {"$ref": "#/components/schemas/SecretRotation"}
    ),
    "a code more": lambda d: d["components"]["schemas"]["Problem"]["properties"]["code"]["x-extensible-enum"].append(
        "x"
    ),
    "another description": lambda d: d["paths"][ITEM]["get"].update(description="New words.", summary="New"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_it_is_harmless(document: dict[str, Any], name: str) -> None:
    present = copy.deepcopy(document)
    HARMLESS[name](present)
    assert breaking_changes(document, present) == []
