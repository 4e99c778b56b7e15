from datetime import date

from apps.core.errors import FieldError, ValidationFailed


def refuse_backward_period(valid_from: date | None, valid_to: date | None) -> None:
    """Raise ValidationFailed where the last day lies before the first."""
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        detail = "validTo lies before validFrom."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/validTo")])
