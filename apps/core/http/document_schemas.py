"""From the types that decode and render (msgspec) to JSON Schema as the document shows it.

Requests are closed: unknown fields refused, enums complete, no NUL in any string. Answers are open: fields and enum
values may be added, so readers must not refuse what they do not know.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from apps.core.http.document_answers import answer_schema

Schema = dict[str, Any]
Side = Literal["requests", "answers"]

# Python's `$` also matches before a last newline, which the patterns exclude; JSON Schema's does not.
_END = r"(?!\n)$"
_NO_NUL = r"^[^\u0000]*$"
_INT32_MAX = 2**31 - 1


def schema_of(type_: Any, side: Side, registry: ComponentRegistry) -> Schema:
    """Return the schema of a type of one side of the wire and register the components that it names.

    Raises ValueError where two different Structs of one side share a name: SDKs could not tell them apart.
    """

    def finish(part: Schema) -> Schema:
        finished = _closed(part) if side == "requests" else _open(part)
        if "title" not in finished or not {"anyOf", "enum", "oneOf"} & set(finished):
            return finished
        # A union or an enum with a name: SDKs give it one type.
        own = {name: finished.pop(name) for name in ("default",) if name in finished}
        add(finished["title"], finished)
        return {"$ref": f"#/components/{side}/{finished['title']}", **own}

    def register(name: str, component: Schema) -> None:
        finished = _finished(component, finish)
        if "$ref" not in finished:
            add(name, finished)

    def add(name: str, finished: Schema) -> None:
        resolved = ResolvedComponent(name=name, type=side, schema=finished, object=name)  # type: ignore[no-untyped-call]
        if resolved not in registry:
            registry.register(resolved)
        elif registry[resolved].schema != finished:
            raise ValueError(f"Two different Structs of the {side} are called {name}; rename one of them.")

    if side == "answers":
        return _part(answer_schema(type_, register), finish)
    (schema,), components = msgspec.json.schema_components([type_], ref_template="#/components/requests/{name}")
    for name, component in components.items():
        register(name, component)
    return _part(schema, finish)


def merged_components(document: Schema) -> Schema:
    """Put requests' and answers' components under one roof.

    A type that both sides use and that differs between them (closed here, open there) is called `<Name>View` where
    it is answered.
    """
    components: Schema = document["components"]
    requests: dict[str, Schema] = components.pop("requests", {})
    answers: dict[str, Schema] = components.pop("answers", {})
    shared = {name for name, schema in answers.items() if name in requests and not _same(schema, requests[name])}
    text = json.dumps({**document, "components": {**components, "answers": answers, "requests": requests}})
    text = re.sub(
        r"#/components/answers/(\w+)",
        lambda found: f"#/components/schemas/{_answered(found[1], shared)}",
        text,
    ).replace("#/components/requests/", "#/components/schemas/")
    merged: Schema = json.loads(text)
    requests, answers = merged["components"].pop("requests"), merged["components"].pop("answers")
    schemas = {**requests, **{_answered(name, shared): schema for name, schema in answers.items()}}
    merged["components"]["schemas"] = {**schemas, **merged["components"].get("schemas", {})}
    return merged


def _answered(name: str, shared: set[str]) -> str:
    return f"{name}View" if name in shared else name


def _same(answer: Schema, request: Schema) -> bool:
    return json.dumps(answer).replace("/answers/", "/") == json.dumps(request).replace("/requests/", "/")


def _part(schema: Schema, finish: Callable[[Schema], Schema]) -> Schema:
    finished: Schema = _finished(schema, finish)
    return finished


def _finished(schema: Any, finish: Callable[[Schema], Schema]) -> Any:
    """Return the schema with every part of it finished, innermost first."""
    if isinstance(schema, list):
        return [_finished(member, finish) for member in schema]
    if not isinstance(schema, dict):
        return schema
    finished = {name: _finished(member, finish) for name, member in schema.items() if name not in {"default", "enum"}}
    finished |= {name: schema[name] for name in ("default", "enum") if name in schema}
    # `properties` is a mapping of names, not a schema: a field may be called "type".
    return finish(_plainer(finished)) if _is_schema(schema) else finished


def _is_schema(candidate: Schema) -> bool:
    kind = candidate.get("type")
    return isinstance(kind, str) or "enum" in candidate or "anyOf" in candidate


def _plainer(schema: Schema) -> Schema:
    """Say the same in fewer words: `const`, `type: [x, "null"]`, `oneOf` where a discriminator tells, int64."""
    values = schema.get("enum", [])
    if values and "type" not in schema and all(isinstance(value, str) for value in values):
        schema = {"type": "string", "const": values[0]} if len(values) == 1 else {"type": "string", **schema}
    options = schema.get("anyOf")
    if options and "discriminator" in schema:
        schema = {("oneOf" if name == "anyOf" else name): member for name, member in schema.items()}
    elif options and len(options) == 2 and {"type": "null"} in options:
        other = next((option for option in options if option != {"type": "null"}), None)
        if other and isinstance(other.get("type"), str) and not {"enum", "x-extensible-enum"} & set(other):
            rest = {name: member for name, member in schema.items() if name != "anyOf"}
            schema = {**other, **rest, "type": [other["type"], "null"]}
    if schema.get("type") == "integer" and schema.get("maximum", _INT32_MAX + 1) > _INT32_MAX:
        schema.setdefault("format", "int64")
    return schema


def _closed(schema: Schema) -> Schema:
    """Finish a request's schema: no string and no key of a map has a NUL, and null is no default."""
    if schema.get("type") == "string" and not {"const", "enum", "format"} & set(schema):
        given = schema.get("pattern")
        schema["pattern"] = _javascript(given) if given else _NO_NUL
    if isinstance(schema.get("additionalProperties"), dict):
        names = schema.get("propertyNames", {})
        schema["propertyNames"] = {**names, "pattern": names.get("pattern", _NO_NUL)}
    if schema.get("default", "") is None:
        del schema["default"]  # to leave it out is to say null; generators would take it for a value to be sent
    return schema


def _open(schema: Schema) -> Schema:
    """Finish an answer's schema: more fields and more values of an enum may come."""
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]
    if "pattern" in schema:
        schema["pattern"] = _javascript(schema["pattern"])
    values = schema.get("enum")
    # A tag of one value tells the members of a union apart: it stays closed.
    if values and len(values) > 1 and all(isinstance(value, str) or value is None for value in values):
        del schema["enum"]
        nullable = None in values
        schema["type"] = ["string", "null"] if nullable else "string"
        schema["x-extensible-enum"] = [value for value in values if value is not None]
    return schema


def _javascript(pattern: str) -> str:
    return pattern.replace(_END, "$")
