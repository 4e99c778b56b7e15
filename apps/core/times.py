"""Moments outside are RFC 3339 in UTC with `Z`."""

from datetime import UTC, datetime

from apps.core.errors import FieldError, ValidationFailed

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(moment: datetime) -> str:
    """Return the moment with microseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def checked_moment(moment: datetime | None, *, pointer: str) -> datetime | None:
    """Return the moment in UTC: what Python can say and PostgreSQL cannot store, or the reverse, stops here.

    Raises ValidationFailed for a moment before 1970 or beyond the calendar.
    """
    if moment is None:
        return None
    try:
        moved = moment.astimezone(UTC)
    except OverflowError as error:
        raise _refused("There is no such moment.", pointer) from error
    if moved < _EARLIEST:
        raise _refused("The moment lies before 1970.", pointer)
    return moved


def _refused(detail: str, pointer: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
