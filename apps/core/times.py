"""Moments outside are RFC 3339 in UTC with `Z`."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Return the moment with microseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
