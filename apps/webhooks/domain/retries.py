"""When a failed delivery is tried again: 14 times over 71.7 hours."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings

_MINUTE, _HOUR = 60.0, 3600.0
# Seconds before each attempt; the first goes at once.
DELAYS = (
    0.0,
    5.0,
    30.0,
    2 * _MINUTE,
    10 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
    2 * _HOUR,
    4 * _HOUR,
    8 * _HOUR,
    12 * _HOUR,
    12 * _HOUR,
    16 * _HOUR,
    16 * _HOUR,
)
MAX_ATTEMPTS = len(DELAYS)
# Sooner only: every event has all of its attempts before its webhook is disabled after 72 hours.
_JITTER = (0.8, 1.0)
_MAX_DIGITS = 9


def delay_after(attempts: int, *, retry_after: str | None = None, now: datetime | None = None) -> float:
    """Return the seconds to wait after `attempts` tries, with jitter.

    A receiver's `Retry-After` (seconds or an HTTP date) is honoured from the delay itself up to twice the delay, or
    an hour if that is more.
    """
    jittered = DELAYS[min(attempts, MAX_ATTEMPTS - 1)] * random.uniform(*_JITTER)  # noqa: S311 -- spreads load
    asked = seconds_asked(retry_after, now=now or datetime.now(UTC))
    if asked is not None:
        jittered = min(max(asked, jittered), max(2 * jittered, _HOUR))
    return jittered * float(settings.WEBHOOK_RETRY_SCALE)


def seconds_asked(retry_after: str | None, *, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header names, or None where it names none."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:_MAX_DIGITS]) if len(text) <= _MAX_DIGITS else float(10**_MAX_DIGITS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
