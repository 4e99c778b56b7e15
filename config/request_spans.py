"""The middleware that makes a span of each request; it is installed only where traces are collected (settings)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

GetResponse = Callable[[HttpRequest], HttpResponse]
_HEADERS = {"traceparent": "HTTP_TRACEPARENT", "tracestate": "HTTP_TRACESTATE"}


class RequestSpans:
    """Makes a request a span of its caller's trace, named by the route's template, never by the path."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._tracer = trace.get_tracer("stockwire")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = {name: request.META[key] for name, key in _HEADERS.items() if key in request.META}
        method = request.method or ""
        with self._tracer.start_as_current_span(method, context=extract(given), kind=SpanKind.SERVER) as span:
            if getattr(span, "parent", None) is None:
                request.META["HTTP_TRACEPARENT"] = _traceparent(span.get_span_context())  # for log lines and the caller
            response = self.get_response(request)
            match = request.resolver_match
            if match is not None:
                span.update_name(f"{method} {match.route}")
                span.set_attribute("http.route", match.route)
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("stockwire.request_id", response.get("Request-Id", ""))
            if response.status_code >= 500:
                span.set_status(StatusCode.ERROR)
            return response


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
