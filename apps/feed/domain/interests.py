"""What a reader may ask the log for."""

from collections.abc import Mapping, Sequence

from django.conf import settings

from apps.core.context import PartyType, Principal
from apps.core.errors import FieldError, InsufficientScope, ValidationFailed
from apps.feed.types import Interest


def interest_of(reader: Principal, *, types: Sequence[str], filters: Mapping[str, Sequence[str]]) -> Interest:
    """Return what is wanted: the types that were named, else every type that the token may read.

    Raises ValidationFailed for a type that there is not and for a filter that would tell more than the events do,
    InsufficientScope for a type whose resource the token may not read.
    """
    scopes: Mapping[str, str] = settings.OUTBOX_SCOPES
    unknown = [name for name in types if name not in scopes]
    if unknown:
        detail = f"There is no event type {unknown[0][:64]!r}."
        errors = [FieldError(code="invalid", detail=detail, parameter="type")]
        raise ValidationFailed(detail, errors=errors, allowed=sorted(scopes))
    for name in types:
        if scopes[name] not in reader.scopes:
            raise InsufficientScope(requiredScope=scopes[name])
    if reader.party is PartyType.RETAIL_PARTNER and "warehouseLocation" in filters:
        detail = "A retail partner's events do not tell the warehouse."
        error = FieldError(code="not_permitted", detail=detail, parameter="warehouseLocation")
        raise ValidationFailed(detail, errors=[error])
    wanted = types or [name for name, scope in scopes.items() if scope in reader.scopes]
    return Interest(
        types=tuple(sorted(set(wanted))),
        filters=tuple(sorted((name, tuple(sorted(set(codes)))) for name, codes in filters.items())),
    )
