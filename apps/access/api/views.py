"""The base of every view under /v1: what is checked before a handler runs, in the order the contract names.

401 → 403 → 415/413 → 400 → 428, then the handler's own idempotent replay → 404 → 412 → 409.

Two lanes lead to the same `ApiView.run`. The framework's lane authenticates, negotiates and documents; the hot lane
skips it for operations marked `hot` once the caller is known from memory. A test drives the same cases down both.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.access.api.own_codes import speaks_own_codes, translated
from apps.access.authentication import known_principal
from apps.core.codes import OwnCode
from apps.core.context import CallContext, IdempotencyClaim, Principal
from apps.core.errors import (
    FieldError,
    IdempotencyKeyRequired,
    InvalidRequest,
    NotAcceptable,
    PayloadTooLarge,
    PreconditionRequired,
    UnsupportedMediaType,
)
from apps.core.http.bodies import decode_body
from apps.core.http.etags import if_match_versions
from apps.core.http.operations import JSON, Answer, Call, Operation, check_parameters, render
from apps.core.http.problems import as_refusal, internal_problem, problem_response, request_id
from apps.core.preconditions import ExpectedVersion

V = TypeVar("V", bound="ApiView")
Handler = Callable[..., Answer]
_PATCH_TYPES = frozenset({JSON, "application/merge-patch+json"})
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_JSON_TYPES = ("application/json", "*/*", "application/*", "application/problem+json")


def operation(definition: Operation) -> Callable[[Handler], Callable[..., HttpResponse]]:
    """Make a handler `(self, call, **path) -> Answer` the view's method for `definition`."""

    def decorate(function: Handler) -> Callable[..., HttpResponse]:
        def method(view: "ApiView", request: Request, **path: str) -> HttpResponse:
            principal: Any = request.user
            return view.run(request._request, principal, definition, function, path)

        method.__name__ = function.__name__
        method.__doc__ = function.__doc__
        method.operation = definition  # type: ignore[attr-defined]  # read by operation_for and the document
        method.handler = function  # type: ignore[attr-defined]  # the hot lane's way in
        return method

    return decorate


class AcceptsJson(BaseContentNegotiation):
    """One representation: JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return JSONRenderer(), "application/json"


class ApiView(APIView):
    """A route of /v1."""

    content_negotiation_class = AcceptsJson
    media_types: tuple[str, ...] = _JSON_TYPES  # what is answered comes first, then what names it too

    @classmethod
    def operation_for(cls, method: str | None) -> Operation | None:
        """Return the operation of an HTTP method, or None."""
        name = "get" if method == "HEAD" else (method or "").lower()
        return getattr(getattr(cls, name, None), "operation", None)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        definition = self.operation_for(request.method)
        if definition is not None and definition.hot and _accepts(request, self.media_types):
            principal = known_principal(request)
            if principal is not None and definition.scope in principal.scopes:
                name = "get" if request.method == "HEAD" else str(request.method).lower()
                return self._dispatch_hot(request, principal, definition, getattr(self, name).handler, kwargs)
        return super().dispatch(request, *args, **kwargs)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Nothing that one lane would say and the other not; `Allow` stands where it is asked for (405, OPTIONS)."""
        return {}

    def options(  # type: ignore[override]
        self, request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Answer with the methods that the route knows."""
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate and check the scope before anything about the request's form is said."""
        super().initial(request, *args, **kwargs)
        if not _accepts(request._request, self.media_types):
            raise NotAcceptable(acceptable=[self.media_types[0]])

    def run(
        self, request: HttpRequest, principal: Principal, definition: Operation, handler: Handler, path: dict[str, str]
    ) -> HttpResponse:
        """Check what depends on no stored row, call the handler, render its answer."""
        _check_media_type(request, definition)
        body: Any = None
        plain: Any = None
        raw = b""
        if definition.body is not None:
            raw = _body(request, definition)
            if definition.media_type == JSON:
                body, plain = decode_body(raw, definition.body)
            else:
                body, plain = raw, sha256(raw).hexdigest()
        params = check_parameters(definition, request)
        key = _idempotency_key(request, definition)
        expected = _expected_version(request, definition, body, params)
        must_be_new = definition.creates_if_none and request.headers.get("If-None-Match", "").strip() == "*"
        if definition.versioned and expected is None and not must_be_new:
            raise PreconditionRequired
        ctx = CallContext(
            principal=principal,
            now=datetime.now(UTC),
            request_id=request_id(request),
            idempotency=IdempotencyClaim(key, _fingerprint(request, plain)) if key else None,
        )
        own_codes: Mapping[str, OwnCode | None] = {}
        if definition.media_type == JSON and speaks_own_codes(raw, path, params):
            path, params, own_codes = translated(ctx, body, path, params)
        call = Call(
            ctx=ctx,
            request=request,
            operation=definition,
            body=body,
            params=params,
            expected=expected,
            must_be_new=must_be_new,
            own_codes=own_codes,
        )
        return render(call, handler(self, call, **path))

    def _dispatch_hot(
        self, request: HttpRequest, principal: Principal, definition: Operation, handler: Handler, path: dict[str, str]
    ) -> HttpResponse:
        try:
            return self.run(request, principal, definition, handler, path)
        except Exception as exception:  # noqa: BLE001 -- the edge: the same answers as the framework's lane
            refusal = as_refusal(exception)
            return problem_response(request, refusal) if refusal else internal_problem(request, exception)


def _accepts(request: HttpRequest, types: tuple[str, ...]) -> bool:
    accept = request.META.get("HTTP_ACCEPT", "*/*")
    if accept in types:
        return True
    offers = [part.split(";") for part in accept.split(",")]
    return any(
        offer[0].strip().lower() in types and not any(_is_refusal(parameter) for parameter in offer[1:])
        for offer in offers
    )


def _is_refusal(parameter: str) -> bool:
    return re.fullmatch(r"\s*q\s*=\s*0(?:\.0{0,3})?\s*", parameter) is not None


def _check_media_type(request: HttpRequest, definition: Operation) -> None:
    if definition.body is None:
        return
    given = (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    accepted = _PATCH_TYPES if request.method == "PATCH" else frozenset({definition.media_type})
    if given not in accepted:
        raise UnsupportedMediaType(accepted=sorted(accepted))


def _body(request: HttpRequest, definition: Operation) -> bytes:
    raw = request.body
    announced = request.META.get("CONTENT_LENGTH") or ""
    # A caller that died while it sent: the server hands on what came, which may look whole.
    if announced.isdecimal() and len(raw) < int(announced):
        raise InvalidRequest("The body is shorter than its Content-Length.")
    if len(raw) > definition.max_body:
        raise PayloadTooLarge(maximumBytes=definition.max_body)
    return raw


def _idempotency_key(request: HttpRequest, definition: Operation) -> str | None:
    given = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if definition.keys == "none":
        return None
    if given is None:
        if definition.keys == "required":
            detail = "Send a key of your own for this change, such as a UUID; repeat it when you repeat the request."
            error = FieldError(code="required", detail=detail, header="Idempotency-Key")
            raise IdempotencyKeyRequired(detail, errors=[error])
        return None
    key = given[1:-1] if len(given) >= 2 and given[0] == given[-1] == '"' else given
    if not _KEY.fullmatch(key):
        detail = "An Idempotency-Key is 1 to 255 visible ASCII characters."
        raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, header="Idempotency-Key")])
    return str(key)


def _expected_version(request: HttpRequest, definition: Operation, body: Any, params: Any) -> ExpectedVersion | None:
    if not (definition.versioned or definition.precondition_optional):
        return None
    header = request.headers.get("If-Match")
    versions = if_match_versions(header)
    stated = getattr(body, "version", None)
    if stated is msgspec.UNSET:
        stated = None
    if stated is None and "version" in params:
        stated = _version_parameter(params["version"])
    if header is None:
        return None if stated is None else ExpectedVersion(frozenset({stated}), by_header=False)
    if stated is not None and versions is not None and stated not in versions:
        detail = "If-Match and version name different versions."
        raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, header="If-Match")])
    return ExpectedVersion(versions, by_header=True)


def _version_parameter(text: str) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,18}", text, re.ASCII):
        return int(text)
    detail = "version is a positive whole number."
    raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, parameter="version")])


def _fingerprint(request: HttpRequest, plain: Any) -> bytes:
    """Digest what makes two requests the same: method, path, query and the body's value, not its spelling."""
    query = "&".join(sorted(request.META.get("QUERY_STRING", "").split("&")))
    head = f"{request.method}\n{request.path}\n{query}\n".encode()
    return sha256(head + msgspec.json.encode(plain, order="sorted")).digest()
