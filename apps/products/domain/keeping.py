from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.core.errors import FieldError, ValidationFailed


def refuse_backward_temperatures(conditions: Mapping[str, Any] | None) -> None:
    """Raise ValidationFailed where the highest temperature lies below the lowest."""
    lowest, highest = ((conditions or {}).get(name) for name in ("temperatureMinimum", "temperatureMaximum"))
    if lowest is not None and highest is not None and Decimal(highest) < Decimal(lowest):
        detail = "temperatureMaximum lies below temperatureMinimum."
        pointer = "#/storageConditions/temperatureMaximum"
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
