"""What one operation of the API is: the single definition that checks requests, renders answers and documents both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from django_filters import FilterSet

from apps.core.codes import OwnCode
from apps.core.context import CallContext
from apps.core.errors import FieldError, InvalidRequest, UnknownParameter
from apps.core.http.etags import entity_tag, none_match
from apps.core.preconditions import ExpectedVersion

Keys = Literal["none", "accepted", "required"]
JSON = "application/json"
CSV = "text/csv"
MAX_BODY_BYTES = 1024 * 1024
MAX_BULK_BODY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one route.

    `body` and `answer` are msgspec Structs; `other_answers` has those of statuses that answer something else. `keys`
    says what an Idempotency-Key is to the operation; `versioned` that it needs `If-Match` or a version; `tagged` that
    it answers an ETag; `hot` that it may skip the framework's own dispatch once the caller is known. A body of another
    `media_type` than JSON reaches the handler as bytes. What is not `documented` is no operation as OpenAPI knows
    them, such as a stream.
    """

    operation_id: str
    summary: str
    scope: str
    tag: str
    description: str
    body: Any = None
    answer: Any = None
    status: int = 200
    other_statuses: Mapping[int, str] = field(default_factory=dict)
    other_answers: Mapping[int, Any] = field(default_factory=dict)
    filters: type[FilterSet] | None = None
    order_by: tuple[str, ...] = ()
    parameters: tuple["Parameter", ...] = ()
    paged: bool = False
    keys: Keys = "none"
    versioned: bool = False
    precondition_optional: bool = False
    creates_if_none: bool = False
    tagged: bool = False
    hot: bool = False
    max_body: int = MAX_BODY_BYTES
    media_type: str = JSON
    examples: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    documented: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A versioned resource under /v1: the manners that its five operations share, said once.

    `view` is the Struct that answers it. Each method takes what is the operation's own.
    """

    scope: str
    tag: str
    view: Any

    def listing(self, **own: Any) -> Operation:
        """Return the paged list."""
        return Operation(scope=f"{self.scope}:read", tag=self.tag, paged=True, **own)

    def creation(self, **own: Any) -> Operation:
        """Return the POST: 201 with a tag, under a key if one is sent."""
        return Operation(
            scope=f"{self.scope}:write",
            tag=self.tag,
            answer=self.view,
            status=201,
            keys="accepted",
            tagged=True,
            **own,
        )

    def reading(self, **own: Any) -> Operation:
        """Return the GET of one."""
        return Operation(scope=f"{self.scope}:read", tag=self.tag, answer=self.view, tagged=True, **own)

    def change(self, *, description: str, **own: Any) -> Operation:
        """Return the PATCH: a merge patch of a version that the caller names."""
        return Operation(
            description=f"A JSON merge patch: what it does not name stays, null removes. {description}",
            scope=f"{self.scope}:write",
            tag=self.tag,
            answer=self.view,
            keys="accepted",
            versioned=True,
            tagged=True,
            **own,
        )

    def deletion(self, **own: Any) -> Operation:
        """Return the DELETE of a version that the caller names."""
        return Operation(scope=f"{self.scope}:write", tag=self.tag, status=204, keys="accepted", versioned=True, **own)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter that is not a filter of a list."""

    name: str
    schema: Mapping[str, Any]
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has passed the checks which depend on no stored row.

    `own_codes` says what the codes of the caller's own, by which the request names products, stand for: None for one
    that stands for nothing.
    """

    ctx: CallContext
    request: HttpRequest
    operation: Operation
    body: Any
    params: Mapping[str, str]
    expected: ExpectedVersion | None
    must_be_new: bool
    own_codes: Mapping[str, OwnCode | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler returns; `version` makes it a tagged representation."""

    body: Any = None
    status: int = 200
    version: int | None = None
    location: str | None = None
    replayed: bool = False
    links: tuple[str, ...] = ()


def render(call: Call, answer: Answer) -> HttpResponse:
    """Turn an answer into bytes, with ETag, Location, Link and replay headers; 304 where the caller has it already."""
    content = b"" if answer.status == 204 else msgspec.json.encode(answer.body)
    response = HttpResponse(content, status=answer.status, content_type="application/json")
    if answer.status == 204:
        del response["Content-Type"]
    if answer.version is not None:
        tag = entity_tag(answer.version, content)
        if call.request.method in {"GET", "HEAD"} and none_match(call.request.headers.get("If-None-Match"), tag):
            response = HttpResponse(status=304)
        response["ETag"] = tag
    if answer.location:
        response["Location"] = answer.location
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    if answer.links:
        response["Link"] = ", ".join(answer.links)
    return response


def check_parameters(operation: Operation, request: HttpRequest) -> Mapping[str, str]:
    """Return the query as a plain mapping.

    Raises UnknownParameter for a name that the operation does not know, InvalidRequest for one given twice or missing.
    """
    values = _parameters(operation, request) if request.META.get("QUERY_STRING") else {}
    missing = [
        parameter.name for parameter in operation.parameters if parameter.required and not values.get(parameter.name)
    ]
    if missing:
        errors = [FieldError(code="required", detail="The parameter is required.", parameter=name) for name in missing]
        raise InvalidRequest(f"The query names {' and '.join(missing)}.", errors=errors)
    return values


def _parameters(operation: Operation, request: HttpRequest) -> dict[str, str]:
    known = parameter_names(operation)
    values: dict[str, str] = {}
    for name, given in request.GET.lists():
        if name not in known:
            detail = f"This operation has no parameter {name[:100]!r}."
            error = FieldError(code="unknown_parameter", detail=detail, parameter=name[:100])
            raise UnknownParameter(detail, errors=[error])
        if len(given) > 1:
            detail = f"The parameter {name} is given more than once."
            raise InvalidRequest(detail, errors=[FieldError(code="duplicate", detail=detail, parameter=name)])
        values[name] = given[0]
    return values


def parameter_names(operation: Operation) -> frozenset[str]:
    """Return every query parameter that the operation knows."""
    names = {parameter.name for parameter in operation.parameters}
    if operation.filters is not None:
        names |= set(operation.filters.base_filters)
    if operation.versioned and operation.body is None:
        names.add("version")
    if operation.paged:
        names |= {"pageSize", "pageToken", "orderBy"}
    return frozenset(names)
