"""Structured logs: one JSON object a line on standard output."""

import logging
import sys
from typing import Any

import msgspec
import structlog


def configure_logging(*, format_: str, level: str) -> None:
    """Send structlog's lines straight to standard output, and the standard library's records in the same shape.

    `format_` is `json` (machines) or `console` (people). Our own lines skip the `logging` package, which costs more
    than the rest of a request's log line together.
    """
    number = logging.getLevelNamesMapping()[level]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    console = format_ == "console"
    structlog.configure(
        processors=[*shared, structlog.dev.ConsoleRenderer() if console else _json_line],
        logger_factory=structlog.PrintLoggerFactory() if console else _StandardOutput,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # RequestLog and ProblemResponses say once what /v1 answered; what breaks a page is said here, and only that.
    logging.getLogger("django.request").addFilter(_has_exception)
    logging.getLogger("django.request").setLevel("ERROR")
    logging.getLogger("oauth2_provider").setLevel("WARNING")
    logging.getLogger("psycopg.pool").setLevel("ERROR")  # a database that is away is told by whoever wanted it


def _has_exception(record: logging.LogRecord) -> bool:
    return bool(record.exc_info)


class _StandardOutput:
    """Writes lines; it looks up standard output each time, because a test's capture replaces it."""

    def __init__(self, *_args: Any) -> None:
        """Take what structlog's factories are given."""

    def msg(self, line: bytes) -> None:
        """Write one line in one piece, so that threads do not mix theirs."""
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()

    debug = info = warning = error = critical = exception = msg


def _json_line(_logger: Any, _method: str, event: structlog.typing.EventDict) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)
