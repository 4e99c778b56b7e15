"""Which trace a call belongs to (W3C Trace Context), and spans where somebody collects them.

Nothing is traced until `config.tracing` sets the tracer: then the product's spans begin. Until then a span costs one
comparison, and no package of OpenTelemetry is imported.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")

SpanFactory: TypeAlias = Callable[[str, dict[str, Any]], AbstractContextManager[Any]]
_nothing = nullcontext()
_start: SpanFactory | None = None


@dataclass(frozen=True, slots=True)
class CallerSpan:
    """The caller's trace and the span of it that called."""

    trace_id: str
    span_id: str

    @property
    def log_fields(self) -> dict[str, str]:
        """The fields of a log line."""
        return {"trace_id": self.trace_id, "span_id": self.span_id}


def parse_traceparent(header: str) -> CallerSpan | None:
    """Return what a `traceparent` header says; None for a malformed one, which the standard says to ignore."""
    match = _TRACEPARENT.fullmatch(header)
    if match is None or (match[3] is not None and header.startswith("00")):
        return None  # version 00 has four parts; a later one may have more
    return CallerSpan(match[1], match[2])


def span(name: str, **attributes: Any) -> AbstractContextManager[Any]:
    """Have the block be a span of the current trace, if traces are collected."""
    return _nothing if _start is None else _start(name, attributes)


def collect_spans(start: SpanFactory | None) -> None:
    """Set what begins a span; None ends the collecting."""
    global _start  # noqa: PLW0603 -- one tracer a process
    _start = start
