"""Asking the API whether it is there."""

import http.client
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 3.0


def why_not_healthy(base_url: str, path: str = "/healthz") -> str | None:
    """Return None when GET `path` answers 200, else what happened."""
    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{path}: {error}"
    finally:
        connection.close()
    return None if status == http.client.OK else f"{path} answered {status}"
