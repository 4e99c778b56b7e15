"""What an ordinary view and the process that holds answers open leave for each other, in the request's environment.

A process that answers at once has none of it there: the view says who does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings

from apps.core.errors import FieldError, InvalidRequest, Misdirected, Unavailable
from apps.core.http.operations import Call, Parameter
from apps.feed.types import Subscription

OPENING = "stockwire.opening"
WAITING = "stockwire.waiting"
MAX_WAIT_SECONDS = 25

WAIT = Parameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": MAX_WAIT_SECONDS, "default": 0},
    "How many seconds to wait for news where there are none. Only the stream's address waits: others answer 421.",
)


@dataclass(slots=True)
class Opening:
    """A stream that is about to begin: the view says of what, once it has let the caller in."""

    is_full_for: Callable[[int], bool]
    subscription: Subscription | None = None


@dataclass(slots=True)
class Waiting:
    """An answer that may wait: the view says for how long, and behind which position there is nothing yet."""

    seconds: int = 0
    tenant_id: int = 0
    empty_behind: int | None = None


def open_stream(call: Call, subscription: Subscription) -> None:
    """Hand a stream over. Raises Misdirected where nobody takes it, Unavailable where there is no room for it."""
    opening: Opening | None = call.request.META.get(OPENING)
    if opening is None:
        raise misdirected(call)
    if opening.is_full_for(subscription.principal.tenant_id):
        raise Unavailable("This process has as many streams as it takes.")
    opening.subscription = subscription


def may_wait(call: Call) -> Waiting:
    """Return where to note that there are no news. Raises Misdirected where it should wait and nobody does."""
    seconds = _seconds(call.params)
    waiting: Waiting = call.request.META.get(WAITING) or Waiting()
    if seconds and WAITING not in call.request.META:
        raise misdirected(call)
    waiting.seconds, waiting.tenant_id, waiting.empty_behind = seconds, call.ctx.tenant_id, None
    return waiting


def misdirected(call: Call) -> Misdirected:
    """Return the refusal that names the address."""
    return Misdirected(address=settings.STREAM_URL + call.request.path)


def _seconds(params: Mapping[str, str]) -> int:
    given = params.get("wait", "0")
    if given.isascii() and given.isdecimal() and len(given) <= 3 and int(given) <= MAX_WAIT_SECONDS:
        return int(given)
    detail = f"wait is a whole number from 0 to {MAX_WAIT_SECONDS}."
    raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, parameter="wait")])
