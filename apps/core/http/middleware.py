"""What happens around every request: its id and its log line, one problem format, one gate for the input."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

import structlog
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware

from apps.core.errors import (
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from apps.core.http.operations import MAX_BODY_BYTES, MAX_BULK_BODY_BYTES
from apps.core.http.problems import as_refusal, internal_problem, problem_response
from apps.core.metrics import count_request
from apps.core.traces import parse_traceparent

GetResponse = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger(component="stockwire.requests")

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,64}")
_UNROUTED = "none"
_ADMIN = "/admin"
# Pages for people that read the database by what the address says.
_OF_PEOPLE = (_ADMIN, "/partner")
_NO_TEXT = "The address has a NUL byte or is not UTF-8."
_BODILESS = frozenset({204, 304})
# Our own pages run their own scripts and styles, nothing of others and nothing inline.
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# The admin's theme evaluates the expressions in its attributes (Alpine).
_ADMIN_POLICY = _PAGE_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'")


class RequestLog:
    """Gives each request an id, binds it to the log context and writes one line when the answer is ready."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.headers.get("Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # Django's requests are open for attributes
        traceparent = request.META.get("HTTP_TRACEPARENT")
        caller = parse_traceparent(traceparent) if traceparent else None
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, **(caller.log_fields if caller else {}))
        response = self.get_response(request)
        response["Request-Id"] = request_id
        if caller and traceparent:
            response["traceparent"] = traceparent
        match = request.resolver_match
        route = match.route if match else None
        seconds = time.perf_counter() - started
        count_request(
            method=request.method or "", route=route or _UNROUTED, status=response.status_code, seconds=seconds
        )
        principal = getattr(request, "principal", None)
        log.info(
            "request",
            method=request.method,
            path=request.path,
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 2),
            tenant=principal.tenant_id if principal else None,
            application=principal.application_id if principal else None,
        )
        return response


class SecurityHeaders:
    """Adds the headers that every answer carries."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        api = is_api(request.path)
        if "Content-Security-Policy" not in response:
            response["Content-Security-Policy"] = _policy(request.path, api=api)
        response["X-Content-Type-Options"] = "nosniff"
        response["X-Frame-Options"] = "DENY"
        # Under `no-referrer` a browser posts a form with `Origin: null`, which Django's CSRF check refuses.
        response.headers.setdefault("Referrer-Policy", "no-referrer" if api else "same-origin")
        response["Cross-Origin-Opener-Policy"] = "same-origin"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if not response.streaming and response.status_code not in _BODILESS:
            # Without it the server sends every answer in chunks.
            response.headers.setdefault("Content-Length", str(len(response.content)))
        if api:
            response.headers.setdefault("Vary", "Authorization")
            safe = request.method in {"GET", "HEAD"} and response.status_code < 400
            response.headers.setdefault("Cache-Control", "private, no-cache" if safe else "no-store")
        return response


class ProblemResponses:
    """Answers problem details for what no view answered: unknown routes, refused input, bugs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        plain = response.status_code >= 400 and response.get("Content-Type", "").startswith("text/html")
        if not plain or not is_api(request.path):
            return response
        if response.status_code == 404:
            return problem_response(request, NotFound())
        if response.status_code == 405:
            allowed = [method.strip() for method in response.get("Allow", "").split(",")]
            return problem_response(request, MethodNotAllowed(allowed=allowed))
        return problem_response(request, InvalidRequest()) if response.status_code < 500 else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for an exception that a view let rise (Django calls this; pages keep Django's own answers)."""
        refusal = as_refusal(exception)
        if not is_api(request.path):
            return busy_page() if isinstance(refusal, Unavailable) else None
        return problem_response(request, refusal) if refusal else internal_problem(request, exception)


def busy_page() -> HttpResponse:
    """Return what a person sees while the database is busy or away."""
    text = "The database is busy or away. Try again in a moment."
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "1"})


class InputGate:
    """Refuses what no view should see: encoded or oversized bodies, NUL bytes, repeated OAuth parameters."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refused = None
        if is_api(request.path):
            refused = _refused(request)
        elif request.path.startswith(_OF_PEOPLE) and not _address_is_text(request):
            refused = HttpResponseBadRequest(_NO_TEXT)
        return refused or self.get_response(request)


def _refused(request: HttpRequest) -> HttpResponse | None:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return problem_response(request, UnsupportedMediaType("Bodies are taken without a content encoding."))
    if not _address_is_text(request):
        return problem_response(request, InvalidRequest(_NO_TEXT))
    if _content_length(request) > MAX_BULK_BODY_BYTES:
        return problem_response(request, PayloadTooLarge(maximumBytes=MAX_BULK_BODY_BYTES))
    description = _oauth_fault(request) if request.path.startswith("/oauth/") else None
    if description:
        return JsonResponse({"error": "invalid_request", "error_description": description}, status=400)
    return None


def _address_is_text(request: HttpRequest) -> bool:
    return _text_is_storable(request.path) and _query_is_text(request.META.get("QUERY_STRING", ""))


class _PeopleOnly:
    """Skips a middleware class of Django outside the admin: /v1 carries no session, user, CSRF token or message."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        handle: Any = super().__call__ if request.path.startswith(_ADMIN) else self.get_response  # type: ignore[misc]
        return handle(request)


class AdminSession(_PeopleOnly, SessionMiddleware):
    """Django's sessions, for people."""


class AdminCsrf(_PeopleOnly, CsrfViewMiddleware):
    """Django's CSRF protection, for people."""

    def process_view(self, request: HttpRequest, *args: Any) -> Any:
        """Check only where a session may exist."""
        return super().process_view(request, *args) if request.path.startswith(_ADMIN) else None


class AdminAuthentication(_PeopleOnly, AuthenticationMiddleware):
    """Django's users, for people."""


class AdminMessages(_PeopleOnly, MessageMiddleware):
    """Django's messages, for people."""


def _policy(path: str, *, api: bool) -> str:
    if api:
        return _API_POLICY
    return _ADMIN_POLICY if path.startswith(_ADMIN) else _PAGE_POLICY


def is_api(path: str) -> bool:
    """True for the paths whose answers are for machines."""
    return path.startswith(("/v1/", "/.well-known/", "/oauth/")) or path in {"/v1", "/healthz", "/readyz", "/metrics"}


def _content_length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0


def _text_is_storable(text: str) -> bool:
    lowered = text.lower()
    if "\x00" in text or "%00" in lowered or "\ufffd" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _query_is_text(query: str) -> bool:
    if not _text_is_storable(query):
        return False
    try:
        unquote(query, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _oauth_fault(request: HttpRequest) -> str | None:
    """Return what is wrong with a form for the toolkit, which answers 500 to NUL and takes the last of a pair."""
    if _content_length(request) > MAX_BODY_BYTES:
        return "The body is too large."
    if "\x00" in request.headers.get("Authorization", ""):
        return "The Authorization header has a NUL byte."
    try:
        body = request.body.decode("utf-8")
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=50)
    except (UnicodeDecodeError, ValueError):
        return "The body is not a form in UTF-8."
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        return "A parameter has a NUL byte."
    names = [name for name, _ in pairs]
    return "A parameter is given more than once." if len(names) != len(set(names)) else None
