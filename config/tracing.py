"""OpenTelemetry, where the extra is installed and OTEL_EXPORTER_OTLP_ENDPOINT says who collects; else nothing at all.

The exporter, the sampler and the service's attributes are configured by OpenTelemetry's own variables (OTEL_*).
"""

import os
from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import Any

from apps.core.traces import collect_spans

_SERVICE = "stockwire"


def is_traced() -> bool:
    """True where somebody collects traces and the packages are here."""
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")) and find_spec("opentelemetry") is not None


def collect() -> None:
    """Have the product's spans sent to the collector, in batches from a thread of each process."""
    from opentelemetry import trace  # noqa: PLC0415 -- an extra: nothing of it is imported where nobody collects
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    os.environ.setdefault("OTEL_SERVICE_NAME", _SERVICE)
    provider = TracerProvider(resource=Resource.create())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer(_SERVICE)

    def start(name: str, attributes: dict[str, Any]) -> AbstractContextManager[Any]:
        return tracer.start_as_current_span(name, attributes=attributes)

    collect_spans(start)
