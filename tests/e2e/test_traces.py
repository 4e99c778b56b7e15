"""Traces over a real wire: an OTLP collector on loopback hears of a request and of its call of the kernel."""

import gzip
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sandbox.state_dir import CHECKOUT
from tests.faults.webhooks.receiver import receiving
from tests.support.api import TestTenant
from tests.support.processes import child, live_api
from tests.support.stock import Given

_TRACE, _CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class _Collector:
    """What arrived, and the wait for more."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.arrived = threading.Condition()

    def wait_for(self, name: str, **attributes: object) -> Span:
        """Return the span of this name, and with these attributes, once it is here."""

        def found() -> list[Span]:
            return [
                span for span in self.spans if span.name == name and attributes.items() <= _attributes(span).items()
            ]

        with self.arrived:
            assert self.arrived.wait_for(found, 15), [span.name for span in self.spans]
            return found()[0]

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self.arrived:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    self.spans += scope.spans
            self.arrived.notify_all()


@contextmanager
def _collecting() -> Iterator[tuple[_Collector, dict[str, str]]]:
    collector = _Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield collector, {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        finally:
            server.shutdown()
            thread.join()


def _attributes(span: Span) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_request_and_its_kernel_call_stand_in_the_caller_s_trace_and_a_send_in_one_of_its_own(
    tenant: TestTenant,
) -> None:
    item = Given(tenant).item()
    token = tenant.operator.token
    with _collecting() as (collector, env), live_api(workers=1, env=env) as base:
        connection = http.client.HTTPConnection(urlsplit(base).netloc)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": "traced",
            "traceparent": f"00-{_TRACE}-{_CALLER}-01",
        }
        body = json.dumps({"type": "receipt", "quantity": 2, "warehouseLocation": "W1"})
        connection.request("POST", "/v1/inventory/S1/P1", body, headers)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["traceparent"]) == (201, headers["traceparent"])
        connection.close()
        request = collector.wait_for("POST v1/inventory/<str:supplier_id>/<str:product_id>")
        kernel = collector.wait_for("stock kernel")
        assert (request.trace_id.hex(), request.parent_span_id.hex(), request.kind) == (
            _TRACE,
            _CALLER,
            Span.SPAN_KIND_SERVER,
        )
        assert (kernel.trace_id, kernel.parent_span_id) == (request.trace_id, request.span_id)
        told = _attributes(request)
        assert (told["http.response.status_code"], told["stockwire.request_id"]) == (201, answer.headers["Request-Id"])
        assert _attributes(kernel) == {"movement": "receipt"}

        connection.request(
            "GET", "/v1/inventory/S1/P1", headers={"Authorization": f"Bearer {token}", "traceparent": "00-x"}
        )
        answer = connection.getresponse()
        begun = collector.wait_for("GET v1/inventory/<str:supplier_id>/<str:product_id>")
        assert answer.headers["traceparent"].rpartition("-")[0] == f"00-{begun.trace_id.hex()}-{begun.span_id.hex()}"
        assert begun.trace_id.hex() != _TRACE
        connection.close()

        with receiving() as receiver, child(("python", "manage.py", "dispatch"), env=env):
            hook = tenant.operator.post("/v1/webhooks", {"url": receiver.url(), "eventTypes": ["*"]})
            assert hook.status == 201
            item.posted("receipt", 1, warehouseLocation="W1")
            sent = receiver.wait_for(1)
            # Other tests' webhooks are sent too.
            send = collector.wait_for("webhook send", event=sent[0].headers["webhook-id"])
            assert send.trace_id not in {request.trace_id, begun.trace_id}
            assert "traceparent" not in sent[0].headers  # a receiver is another house


def test_without_a_collector_nothing_is_traced_and_no_tracer_or_exporter_is_imported() -> None:
    code = (
        "import sys, config.wsgi, apps.webhooks.tasks, apps.webhooks.domain.dispatcher;"
        "from apps.core.traces import span;"
        "ours = ('opentelemetry.sdk.trace', 'opentelemetry.exporter', 'config.request_spans');"
        "print([name for name in sys.modules if name.startswith(ours)], type(span('x')).__name__)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert told.stdout == "[] nullcontext\n"
