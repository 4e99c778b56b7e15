"""The document says what the code does, no more and no less."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import validate

from apps.access.api.views import ApiView
from apps.access.scopes import SCOPE_DESCRIPTIONS
from apps.core.envelopes import envelope
from apps.core.http.bodies import decode_body
from apps.core.http.document_parameters import camel
from apps.core.http.document_problems import OUTSIDE_OPERATIONS, possible_codes
from apps.core.http.openapi import openapi_document, openapi_text
from apps.core.http.operations import Operation, parameter_names
from apps.core.http.pages_for_people import problem_codes
from apps.core.http.problem_advice import ADVICE

CHECKOUT = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "patch", "delete")

Row = tuple[str, str, Operation]


def routes(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, type[Any]]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if route.startswith("/v1/") and view is not None:
                yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: f"{{{camel(found[1])}}}", route), view


def operations() -> list[Row]:
    return [
        (path, method, definition)
        for path, view in routes(get_resolver().url_patterns)
        for method in METHODS
        if (definition := view.operation_for(method.upper())) is not None and definition.documented
    ]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return operations()


def test_the_committed_document_is_the_code_s() -> None:
    committed = (CHECKOUT / "docs" / "api" / "openapi.json").read_text(encoding="utf-8")
    assert committed == openapi_text(), "Run `manage.py openapi` and read the difference."


def test_it_is_a_valid_openapi_document(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.1"
    validate(document)


def test_every_route_is_documented_and_nothing_else(document: dict[str, Any], rows: list[Row]) -> None:
    documented = {(path, method) for path, item in document["paths"].items() for method in item}
    assert documented == {(path, method) for path, method, _ in rows}


def test_every_method_of_every_view_is_an_operation_with_a_scope() -> None:
    views = {view for _, view in routes(get_resolver().url_patterns)}
    bare = [
        f"{view.__name__}.{method}"
        for view in views
        for method in METHODS
        if hasattr(view, method) and (not issubclass(view, ApiView) or view.operation_for(method.upper()) is None)
    ]
    assert bare == []
    unknown = [row[2].operation_id for row in operations() if row[2].scope not in SCOPE_DESCRIPTIONS]
    assert unknown == []


def test_reads_need_read_scopes_and_writes_write_scopes(rows: list[Row]) -> None:
    wrong = [row[2].operation_id for row in rows if row[2].scope.endswith(":read") != (row[1] == "get")]
    assert wrong == []


def test_every_operation_says_what_it_does_who_may_and_what_it_asks_for(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            told, _, asked = operation["description"].partition("\n\n")
            assert told.endswith("."), operation["operationId"]
            assert asked.startswith("Needs the scope `"), operation["operationId"]


def test_it_introduces_itself(document: dict[str, Any]) -> None:
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    for subject in ("Authenticate", "Repeat safely", "Change what you read", "Page lists", "Errors", "Events"):
        assert f"**{subject}" in document["info"]["description"]
    used = {
        tag
        for part in ("paths", "webhooks")
        for item in document[part].values()
        for operation in item.values()
        for tag in operation["tags"]
    }
    assert {tag["name"] for tag in document["tags"] if tag["description"]} == used


def test_every_operation_has_a_name_of_its_own_and_a_summary(rows: list[Row]) -> None:
    names = Counter(definition.operation_id for _, _, definition in rows)
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z]+[A-Z][A-Za-z]+", name)] == []
    assert [definition.operation_id for _, _, definition in rows if not definition.summary] == []


def test_every_list_is_paged(rows: list[Row]) -> None:
    lists = [definition for _, _, definition in rows if definition.operation_id.startswith("list")]
    ways = ({"pageSize", "pageToken"}, {"cursor", "limit"})
    unpaged = [row.operation_id for row in lists if not any(way <= parameter_names(row) for way in ways)]
    assert unpaged == []


def test_every_example_of_a_request_is_a_request(rows: list[Row]) -> None:
    for _, _, definition in rows:
        for value in definition.examples.values():
            decode_body(json.dumps(value).encode(), definition.body)


def test_the_parameters_documented_are_the_parameters_known(document: dict[str, Any], rows: list[Row]) -> None:
    for path, method, definition in rows:
        parameters = [_resolved(document, given) for given in document["paths"][path][method]["parameters"]]
        query = {given["name"] for given in parameters if given["in"] == "query"}
        known = parameter_names(definition) - (set() if definition.order_by else {"orderBy"})
        assert query == known, definition.operation_id
        assert {given["name"] for given in parameters if given["in"] == "path"} == set(re.findall(r"{(\w+)}", path))


def test_requests_are_closed_and_answers_open(document: dict[str, Any], rows: list[Row]) -> None:
    for path, method, definition in rows:
        operation = document["paths"][path][method]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            for schema in _objects(document, media["schema"]):
                assert "additionalProperties" in schema, definition.operation_id
        for response in operation["responses"].values():
            for media in response.get("content", {}).values():
                for schema in _objects(document, media["schema"]):
                    assert schema.get("additionalProperties") is not False, definition.operation_id


def test_no_string_of_a_request_takes_a_nul(document: dict[str, Any], rows: list[Row]) -> None:
    for path, method, definition in rows:
        for media in document["paths"][path][method].get("requestBody", {}).get("content", {}).values():
            for schema in _parts(document, media["schema"]):
                if "string" in _types(schema) and not {"enum", "const", "format"} & set(schema):
                    assert not re.search(schema["pattern"], "\0"), definition.operation_id


def test_every_refusal_is_documented_and_explained(rows: list[Row]) -> None:
    documented = {code for path, method, row in rows for codes in _codes(path, method, row).values() for code in codes}
    assert set(problem_codes()) - documented == OUTSIDE_OPERATIONS
    assert set(problem_codes()) - set(ADVICE) == set()


def test_problems_stand_on_every_operation(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            responses = operation["responses"]
            assert {"400", "401", "403", "406", "500", "503"} <= set(responses), (method, path)
            for status, response in responses.items():
                if int(status) >= 400:
                    assert set(response["content"]) == {"application/problem+json"}, (method, path, status)


def test_an_event_s_schema_is_the_envelope(document: dict[str, Any]) -> None:
    sent = envelope(
        event_id=UUID(int=1),
        event_type="inventory.updated",
        subject="SUP123/HOTSAUCE789",
        sequence=18,
        occurred_at=datetime(2026, 11, 21, tzinfo=UTC),
        tenant_code="ten_1",
        data={},
    )
    for event_type, item in document["webhooks"].items():
        (media,) = item["post"]["requestBody"]["content"].values()
        schema = _resolved(document, media["schema"])
        assert set(schema["required"]) == set(schema["properties"]) == set(sent), event_type
        assert schema["properties"]["type"] == {"type": "string", "const": event_type}


def test_webhooks_carry_their_headers(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == set(settings.OUTBOX_RENDERERS)
    for item in document["webhooks"].values():
        headers = [given["name"] for given in item["post"]["parameters"]]
        assert headers == ["webhook-id", "webhook-timestamp", "webhook-signature"]


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/components/(\w+/\w+)"', json.dumps(document)))
    present = {f"{kind}/{name}" for kind, members in document["components"].items() for name in members}
    assert references - present == set()
    assert {name for name in present - references if name.startswith("schemas/")} == set()


def test_two_runs_write_the_same() -> None:
    assert openapi_text() == openapi_text()
    assert SchemaGenerator().get_schema(request=None, public=True) == openapi_document()


def _codes(path: str, method: str, definition: Operation) -> dict[int, list[str]]:
    return possible_codes(path, method.upper(), definition)


def _resolved(document: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in given:
        *_, kind, name = given["$ref"].split("/")
        given = document["components"][kind][name]
    return given


def _types(schema: dict[str, Any]) -> set[str]:
    given = schema.get("type", [])
    return {given} if isinstance(given, str) else set(given)


def _parts(document: dict[str, Any], schema: dict[str, Any], seen: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that it is made of."""
    reference = schema.get("$ref")
    if reference in seen:
        return
    if reference:
        seen = (*seen, reference)
        schema = _resolved(document, schema)
    yield schema
    below = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("oneOf", [])]
    below += [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    for part in below:
        yield from _parts(document, part, seen)


def _objects(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (part for part in _parts(document, schema) if "object" in _types(part))
