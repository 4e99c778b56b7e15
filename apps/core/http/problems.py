"""Problem details (RFC 9457): every answer of 400 and above under /v1."""

from typing import Any

import msgspec
import psycopg
import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.encoding import escape_uri_path
from rest_framework import exceptions as drf

from apps.core import errors
from apps.core.metrics import refusals_of

log = structlog.get_logger(component="stockwire.problems")

CONTENT_TYPE = "application/problem+json"
# A family's status holds for every refusal below it that does not stand here itself.
STATUS_OF: dict[type[errors.Refusal], int] = {
    errors.InvalidRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.NotAcceptable: 406,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.PreconditionFailed: 412,
    errors.PayloadTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Misdirected: 421,
    errors.KeyReused: 422,
    errors.PreconditionRequired: 428,
    errors.Unavailable: 503,
}
INTERNAL = "internal"
INTERNAL_TITLE = "The server failed; the fault is logged under the request id"
# What the policies say on a used connection without a tenant: a bug, and no value of the caller's.
_FORGOTTEN_TENANT = 'invalid input syntax for type bigint: ""'
_OAUTH_ERRORS = {500: "server_error", 503: "temporarily_unavailable"}
_RETRY_AFTER = {errors.ConcurrentUpdate: "1", errors.IdempotencyInProgress: "1", errors.Unavailable: "1"}


def status_of(refusal: type[errors.Refusal]) -> int:
    """Return the HTTP status of a refusal's family."""
    return next(STATUS_OF[family] for family in refusal.__mro__ if family in STATUS_OF)


def slug_of(code: str) -> str:
    """Return the last segment of a problem's `type`."""
    return code.replace("_", "-")


def problem_response(request: HttpRequest, refusal: errors.Refusal) -> HttpResponse:
    """Render a refusal as problem details."""
    refusals_of(refusal.code).inc()
    status = status_of(type(refusal))
    response = _response(request, status, refusal.code, refusal.title, problem_members(refusal))
    if status == 401:
        response["WWW-Authenticate"] = _challenge(refusal)
    elif isinstance(refusal, errors.InsufficientScope):
        response["WWW-Authenticate"] = (
            f'Bearer realm="stockwire", error="insufficient_scope", scope="{refusal.facts["requiredScope"]}"'
        )
    elif isinstance(refusal, errors.MethodNotAllowed):
        response["Allow"] = ", ".join(refusal.facts["allowed"])
    retry_after = _RETRY_AFTER.get(type(refusal))
    if retry_after:
        response["Retry-After"] = retry_after
    return response


def internal_problem(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Log a bug once and answer 500 without any of its text."""
    refusals_of(INTERNAL).inc()
    log.error("unhandled", path=request.path, exc_info=exception)
    return _response(request, 500, INTERNAL, INTERNAL_TITLE, {"detail": INTERNAL_TITLE})


def problem_members(refusal: errors.Refusal) -> dict[str, Any]:
    """Return what a refusal says beside type, title, status and code: detail, errors and its facts."""
    members: dict[str, Any] = {"detail": refusal.detail, **refusal.facts}
    if refusal.errors:
        members["errors"] = [error.as_dict() for error in refusal.errors]
    return members


def problem_body(refusal: errors.Refusal) -> dict[str, Any]:
    """Return a refusal as a problem object inside another answer (a batch's result)."""
    return {
        **_head(status_of(type(refusal)), refusal.code, refusal.title),
        **problem_members(refusal),
    }


def request_id(request: HttpRequest) -> str:
    """Return the id that `RequestLog` gave the request."""
    return str(getattr(request, "request_id", ""))


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Answer for Django REST framework: refusals, its own exceptions, database errors; None lets a bug rise."""
    request: HttpRequest = context["request"]._request
    if isinstance(exception, drf.MethodNotAllowed):
        return problem_response(request, errors.MethodNotAllowed(allowed=context["view"].allowed_methods))
    refusal = as_refusal(exception)
    return problem_response(request, refusal) if refusal else None


def as_refusal(exception: BaseException) -> errors.Refusal | None:  # noqa: C901, PLR0911 -- a table, read as one
    """Return the refusal that an exception of a library amounts to, or None for a bug."""
    match exception:
        case errors.Refusal():
            return exception
        case Http404() | drf.NotFound():
            return errors.NotFound()
        case drf.NotAuthenticated():
            return errors.Unauthenticated()
        case drf.AuthenticationFailed():
            return errors.InvalidToken()
        case PermissionDenied() | drf.PermissionDenied():
            return errors.Forbidden()
        case drf.NotAcceptable():
            return errors.NotAcceptable()
        case drf.UnsupportedMediaType():
            return errors.UnsupportedMediaType()
        case RequestDataTooBig():
            return errors.PayloadTooLarge()
        case SuspiciousOperation() | TooManyFieldsSent() | drf.ParseError():
            return errors.InvalidRequest()
        case DatabaseError() | psycopg.Error():
            return database_refusal(exception)
    return None


def database_refusal(exception: BaseException) -> errors.Refusal | None:
    """Return the refusal behind a database error; None for one that only a bug can cause."""
    cause = exception.__cause__ if isinstance(exception, DatabaseError) else exception
    state = getattr(cause, "sqlstate", None) or ""
    context = getattr(getattr(cause, "diag", None), "context", None) or ""
    if state == "55P03":
        # Twins wait for each other on the key's index, strangers on the item's row.
        return errors.IdempotencyInProgress() if "claim_idempotency_key" in context else errors.ConcurrentUpdate()
    # 23503: what the change names stood there when it was looked up and was deleted meanwhile. Trying again tells.
    if state in {"40001", "40P01", "23503"}:
        return errors.ConcurrentUpdate()
    broken = isinstance(cause, psycopg.OperationalError) and not state
    if broken or state[:2] in {"08", "53", "57"}:
        return errors.Unavailable()
    if state.startswith("22") and _FORGOTTEN_TENANT not in str(cause):
        return errors.ValidationFailed("A value cannot be stored.")
    return None


def _response(request: HttpRequest, status: int, code: str, title: str, members: dict[str, Any]) -> HttpResponse:
    if request.path.startswith("/oauth/"):
        # The token endpoint's clients read RFC 6749, section 5.2, and nothing else.
        body = {"error": _OAUTH_ERRORS.get(status, "invalid_request"), "error_description": title}
        return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
    body = {
        **_head(status, code, title),
        "instance": escape_uri_path(request.path),
        "requestId": request_id(request),
        **members,
    }
    response = HttpResponse(msgspec.json.encode(body), status=status, content_type=CONTENT_TYPE)
    response.problem_code = code  # type: ignore[attr-defined]  # read where refusals are counted
    return response


def _head(status: int, code: str, title: str) -> dict[str, Any]:
    return {
        "type": f"{settings.PUBLIC_URL}/problems/{slug_of(code)}",
        "title": title,
        "status": status,
        "code": code,
    }


def _challenge(refusal: errors.Refusal) -> str:
    challenge = (
        f'Bearer realm="stockwire", resource_metadata="{settings.PUBLIC_URL}/.well-known/oauth-protected-resource"'
    )
    return challenge + ', error="invalid_token"' if isinstance(refusal, errors.InvalidToken) else challenge
