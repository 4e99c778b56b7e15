"""Where a webhook may point: checked when it is written, and again, by the guard, whenever it is sent to."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from yarl import URL

from apps.core.errors import FieldError, ValidationFailed
from apps.webhooks.domain.addresses import may_reach

MAX_URL_LENGTH = 2048
# Ports of services that would take an HTTP request for commands of their own.
_FORBIDDEN_PORTS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109}
    | {110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530}
    | {531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375}
    | {2379, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5984, 6000, 6379, 6432, 6566, 6665, 6666, 6667}
    | {6668, 6669, 6679, 6697, 9042, 9092, 9200, 9300, 10080, 11211, 27017}
)
_VISIBLE = re.compile(r"[\x21-\x7e\u00a1-\U0010ffff]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$")


def checked_url(text: str, *, pointer: str = "#/url") -> str:
    """Return the URL. Raises ValidationFailed, naming the place, where a webhook may not point there."""
    reason = why_refused(text)
    if reason is not None:
        raise ValidationFailed(reason, errors=[FieldError(code="invalid", detail=reason, pointer=pointer)])
    return text


def why_refused(text: str) -> str | None:
    """Return why nothing may be sent to `text`, or None where its syntax, scheme, host and port speak for it."""
    if len(text) > MAX_URL_LENGTH or not _VISIBLE.fullmatch(text) or "\\" in text:
        return f"The URL has at most {MAX_URL_LENGTH} visible characters and no backslash."
    try:
        url = URL(text)
        return _why_parts_refused(text, url, url.raw_host, url.port)
    except ValueError:
        return "This is not a URL."


def _why_parts_refused(text: str, url: URL, host: str | None, port: int | None) -> str | None:
    if url.scheme not in _schemes():
        return f"The URL's scheme is {' or '.join(_schemes())}."
    if not host or not _HOST.fullmatch(host) or not port:
        return "The URL names no host or no usable port."
    if "@" in urlsplit(text).netloc or "#" in text:
        return "The URL may carry neither credentials nor a fragment."
    if port in _FORBIDDEN_PORTS:
        return f"Port {port} belongs to another protocol."
    return _why_host_refused(host.rstrip("."), port)


def _why_host_refused(host: str, port: int) -> str | None:
    allow_private = settings.WEBHOOK_ALLOW_PRIVATE
    is_literal = ":" in host or _ENDS_IN_A_NUMBER.search(host) is not None
    if is_literal and not may_reach(host, allow_private=allow_private):
        return "The host is not a public address."
    if not allow_private and (host == "localhost" or host.endswith(".localhost")):
        return "The host is not a public address."
    own = URL(settings.PUBLIC_URL)
    if not allow_private and own.host is not None and (host.lower(), port) == (own.host.lower(), own.port):
        return "The URL is this installation's own: its events would come back to it."
    return None


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if settings.WEBHOOK_ALLOW_PRIVATE else ("https",)
