"""The OpenAPI document: what the operations say of themselves, in drf-spectacular's frame."""

import json
import re
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils.text import slugify
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry

from apps.core.http.document_examples import answer_examples
from apps.core.http.document_info import EXTERNAL_DOCS, INFO, TAGS
from apps.core.http.document_manners import description_of
from apps.core.http.document_parameters import HEADERS, SHARED, answer_headers, camel, header, parameters_of
from apps.core.http.document_problems import problem_examples, problem_responses, problem_schemas
from apps.core.http.document_schemas import Schema, merged_components, schema_of
from apps.core.http.document_webhooks import webhook_operations
from apps.core.http.operations import Operation

OAUTH = "oauth2"
_PATCH_TYPES = ("application/merge-patch+json", "application/json")


class OperationSchema(AutoSchema):
    """Documents an operation from its definition; a view without one is no part of the API."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema | None:
        """Return the operation's part of the document, or None."""
        find = getattr(self.view, "operation_for", None)
        definition: Operation | None = find(method) if find else None
        if definition is None or not definition.documented:
            return None
        return operation_object(path, method, definition, registry)


def operation_object(path: str, method: str, definition: Operation, registry: ComponentRegistry) -> Schema:
    """Return an operation as OpenAPI spells it and register the schemas that it names."""
    document: Schema = {
        "operationId": definition.operation_id,
        "summary": definition.summary,
        "description": description_of(definition),
        "tags": [definition.tag],
        "security": [{OAUTH: [definition.scope]}],
        "parameters": parameters_of(path, method, definition),
    }
    if definition.body is not None:
        document["requestBody"] = _request_body(method, definition, registry)
    document["responses"] = _responses(path, method, definition, registry)
    return document


def only_v1(endpoints: list[Any]) -> list[Any]:
    """Keep the routes of /v1."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/v1/")]


def complete_document(result: Schema, **_: Any) -> Schema:
    """Add what no view says: manners, server, credentials, shared components, events."""
    events = ComponentRegistry()
    webhooks = webhook_operations(events)
    built = events.build({})
    result["components"]["answers"] = {**built["answers"], **result["components"]["answers"]}
    document = merged_components({**result, "webhooks": webhooks})
    document["paths"] = {_camel_path(path): item for path, item in document["paths"].items()}
    document["components"] = {
        "schemas": dict(sorted({**document["components"]["schemas"], **problem_schemas()}.items())),
        "parameters": SHARED,
        "headers": HEADERS,
        "examples": problem_examples(),
        "securitySchemes": {OAUTH: _security_scheme()},
    }
    document["servers"] = [{"url": "/", "description": "This installation"}]
    document["info"] = INFO
    document["tags"] = [{"name": tag, "description": description} for tag, description in TAGS.items()]
    document["externalDocs"] = EXTERNAL_DOCS
    return document


def openapi_document() -> Schema:
    """Return the whole document."""
    # drf-spectacular is typed in part.
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    document: Schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


def openapi_text() -> str:
    """Return the document as `docs/api/openapi.json` holds it."""
    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


def _request_body(method: str, definition: Operation, registry: ComponentRegistry) -> Schema:
    media: Schema = {"schema": schema_of(definition.body, "requests", registry)}
    if definition.examples:
        media["examples"] = {
            slugify(name): {"summary": name, "value": value} for name, value in definition.examples.items()
        }
    types = _PATCH_TYPES if method == "PATCH" else (definition.media_type,)
    return {"required": True, "content": dict.fromkeys(types, media)}


def _responses(path: str, method: str, definition: Operation, registry: ComponentRegistry) -> Schema:
    responses: dict[int, Schema] = {}
    descriptions = {definition.status: HTTPStatus(definition.status).phrase, **definition.other_statuses}
    for status, description in descriptions.items():
        response: Schema = {"description": description, "headers": answer_headers(status, definition)}
        answer = definition.other_answers.get(status, definition.answer)
        if answer is not None and status != 204:
            media: Schema = {"schema": schema_of(answer, "answers", registry)}
            media["examples"] = answer_examples(definition.operation_id, status)
            response["content"] = {"application/json": media}
        responses[status] = response
    if definition.tagged and method == "GET":
        headers = {name: header(name) for name in ("Request-Id", "ETag")}
        responses[304] = {"description": "The caller has the current representation.", "headers": headers}
    responses |= problem_responses(path, method, definition)
    return {str(status): response for status, response in sorted(responses.items())}


def _security_scheme() -> Schema:
    scopes: object = settings.OAUTH2_PROVIDER["SCOPES"]
    return {
        "type": "oauth2",
        "description": "OAuth 2.0 client credentials; a token lives for 15 minutes.",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes}},
    }


def _camel_path(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: f"{{{camel(found[1])}}}", path)
