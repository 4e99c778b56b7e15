"""GET /metrics of a process that serves no requests: a worker or a dispatcher, on METRICS_LISTEN."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog
from django.conf import settings

from apps.core.http.metrics import may_scrape
from apps.core.metrics import CONTENT_TYPE, exposition

log = structlog.get_logger(component="stockwire.metrics")


class _Scrape(BaseHTTPRequestHandler):
    """Answers one path, by the rule of the API's own /metrics."""

    server_version = "Stockwire"
    sys_version = ""
    timeout = 5

    def do_GET(self) -> None:
        """Answer 200 with the metrics, 401 without the token, 404 for everything else."""
        closed = settings.PRODUCTION and not settings.METRICS_TOKEN
        if self.path != "/metrics" or closed:
            self._answer(404, b"")
        elif not may_scrape(self.headers.get("Authorization")):
            self._answer(401, b"")
        else:
            self._answer(200, exposition())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
        """Say nothing: a scrape every few seconds is no news."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Bearer realm="stockwire"')
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve_metrics() -> None:
    """Serve this process's metrics from a thread, if METRICS_LISTEN says where (`host:port`).

    A port that is taken is logged and costs the metrics, not the process: deliveries matter more.
    """
    if not settings.METRICS_LISTEN:
        return
    host, _, port = settings.METRICS_LISTEN.rpartition(":")
    try:
        server = ThreadingHTTPServer((host, int(port)), _Scrape)
    except (OSError, ValueError, OverflowError) as error:
        log.error("metrics_not_served", listen=settings.METRICS_LISTEN, error=str(error))  # noqa: TRY400 -- a sentence
        return
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
