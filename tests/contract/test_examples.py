"""The document's examples are what the API takes and answers: the story that they tell is told, and compared."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from apps.core.http.document_examples import RECORDING
from apps.core.http.openapi import openapi_document
from apps.core.http.pages_for_people import problem_codes
from tests.contract.story import tell
from tests.support.api import TestTenant
from tests.support.routes import routes
from tests.support.stock import PROBLEM_MEMBERS

# These take a fault, a race or months to provoke; their examples say what every problem says.
NOT_RECORDED = {
    "concurrent_update.409",
    "cursor_expired.410",
    "idempotency_in_progress.409",
    "internal.500",
    "unavailable.503",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def test_every_example_of_a_request_is_sent_and_every_example_of_an_answer_is_what_came_back(
    tenant: TestTenant,
) -> None:
    story = tell(tenant)
    told = json.dumps(story.recording(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("RECORD_EXAMPLES"):
        RECORDING.write_text(told, encoding="utf-8")

    assert told == RECORDING.read_text(encoding="utf-8"), "RECORD_EXAMPLES=1 records anew; read the difference."
    examples = {(route.operation.operation_id, name) for route in routes() for name in route.operation.examples}
    assert story.sent == examples


def test_every_body_and_every_answer_has_an_example(document: dict[str, Any]) -> None:
    bare = [
        (where, kind) for where, kind, media in _media(document) if not media.get("examples") and "oauth" not in where
    ]
    assert bare == []


def test_every_example_is_valid(document: dict[str, Any]) -> None:
    root = {**document, "$schema": "https://json-schema.org/draft/2020-12/schema"}
    checked = 0
    for where, kind, media in _media(document):
        validator = Draft202012Validator(
            {**root, **media["schema"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        for name, example in media["examples"].items():
            value = _resolved(document, example)["value"]
            assert [error.message for error in validator.iter_errors(value)] == [], (where, kind, name)
            checked += 1
    assert checked > 500


def test_every_example_of_a_parameter_is_valid(document: dict[str, Any]) -> None:
    for where, operation in _operations(document):
        for given in operation["parameters"]:
            parameter = _resolved(document, given)
            if "example" in parameter:
                errors = list(Draft202012Validator(parameter["schema"]).iter_errors(parameter["example"]))
                assert errors == [], (where, parameter["name"])
            elif parameter["in"] == "path":
                raise AssertionError((where, parameter["name"], "has no example"))


def test_an_answer_s_example_has_every_member_that_is_documented(document: dict[str, Any]) -> None:
    """Required members are checked by the schema; here: nothing that the API answers is left undocumented."""
    undocumented = set()
    for where, kind, media in _media(document):
        if kind != "requestBody":
            for example in media["examples"].values():
                value = _resolved(document, example)["value"]
                undocumented |= {(where, name) for name in _strangers(document, media["schema"], value)}
    assert undocumented == set()


def test_problems_were_recorded_unless_they_take_a_fault() -> None:
    recorded = set(json.loads(RECORDING.read_text(encoding="utf-8"))["problems"])
    possible = {
        f"{code}.{status}"
        for code, (statuses, _) in problem_codes().items()
        for status in statuses
        if code not in {"conflict", "method_not_allowed"}
    }
    assert possible - recorded == NOT_RECORDED
    assert recorded - possible == set()


def test_a_problem_that_has_facts_says_them() -> None:
    recorded = json.loads(RECORDING.read_text(encoding="utf-8"))["problems"]
    silent = [
        name
        for name, problem in recorded.items()
        if problem.keys() - PROBLEM_MEMBERS and problem["detail"] == problem["title"]
    ]
    assert silent == []


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in ("paths", "webhooks"):
        for item in document[part].values():
            for operation in item.values():
                yield operation["operationId"], operation


def _media(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every body of the document: the operation, where it is, and its media type object."""
    for operation_id, operation in _operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            yield operation_id, "requestBody", media
        for status, response in operation["responses"].items():
            for content_type, media in response.get("content", {}).items():
                yield operation_id, f"{status} {content_type}", media


def _resolved(document: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in given:
        *_, kind, name = given["$ref"].split("/")
        given = document["components"][kind][name]
    return given


def _strangers(document: dict[str, Any], schema: dict[str, Any], value: Any) -> set[str]:
    """Return the members of a value that its schema does not name."""
    schema = _resolved(document, schema)
    options = schema.get("anyOf", []) + schema.get("oneOf", [])
    if options:
        return min((_strangers(document, option, value) for option in options), key=len)
    if isinstance(value, list):
        return {name for member in value for name in _strangers(document, schema.get("items", {}), member)}
    if not isinstance(value, dict) or "additionalProperties" in schema:
        return set()
    if value.keys() and schema.get("type") not in ("object", ["object", "null"]):
        return set(value)
    known = schema.get("properties", {})
    # A refused line's facts, such as `available`, stand beside the problem's own members.
    free = {"available", "requested"} if schema.get("title") == "LineProblem" else set()
    below = {name for key in value.keys() & known.keys() for name in _strangers(document, known[key], value[key])}
    return (set(value) - set(known) - free) | below
