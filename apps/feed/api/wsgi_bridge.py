"""Django's ordinary views inside an ASGI process: a request becomes a WSGI environment, a thread answers it whole."""

import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

Scope = MutableMapping[str, Any]
AsgiSend = Callable[[dict[str, Any]], Awaitable[None]]
_OWN_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: AsgiSend) -> None:
        """Send it whole."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def environ_of(scope: Scope, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request without a body as WSGI has it (PEP 3333)."""
    host, port = scope.get("server") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue  # `X_Forwarded_For` would pass for `X-Forwarded-For`
        key = _OWN_NAMES.get(name.lower()) or f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return {**environ, **extras}


def answered(handler: WSGIHandler, environ: dict[str, Any]) -> Answered:
    """Have Django answer, in the thread that calls this."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started.append((status, headers))
        return lambda _data: None

    response = handler(environ, start_response)
    try:
        body = b"".join(response)
    finally:
        response.close()  # Django gives the connection back
    status, headers = started[0]
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Answered(int(status[:3]), pairs, b"" if environ["REQUEST_METHOD"] == "HEAD" else body)
