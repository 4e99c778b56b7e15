"""Filters by the contract's names: equality by field name, ranges as `field.gte`, sets by comma."""

from datetime import UTC
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.forms import CharField, Field
from django_filters.fields import BaseCSVField, IsoDateTimeField
from django_filters.widgets import BaseCSVWidget

_MAX_SET = 100


class _CodesField(BaseCSVField, CharField):
    widget = BaseCSVWidget

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned is not None and len(cleaned) > _MAX_SET:
            raise ValidationError(f"At most {_MAX_SET} values.")
        return cleaned


class CodesFilter(django_filters.Filter):
    """One code, or several by comma: any of them. `values` are all that there are, where it is a closed list."""

    field_class: type[Field] = _CodesField

    def __init__(self, field_name: str, *, values: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.values = values
        super().__init__(field_name=field_name, lookup_expr="in", **kwargs)

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class _MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> Any:
        """Return the moment in UTC: PostgreSQL does not read every offset that RFC 3339 allows."""
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("There is no such moment.") from error


class MomentFilter(django_filters.IsoDateTimeFilter):
    """A moment (RFC 3339)."""

    field_class: type[Field] = _MomentField


def moments(name: str, field_name: str) -> dict[str, django_filters.Filter]:
    """Return `name.gte` and `name.lt` for a moment (RFC 3339)."""
    return {
        f"{name}.gte": MomentFilter(field_name=field_name, lookup_expr="gte"),
        f"{name}.lt": MomentFilter(field_name=field_name, lookup_expr="lt"),
    }


def filter_set(
    name: str,
    filters: dict[str, django_filters.Filter],
    *,
    base: type[django_filters.FilterSet] = django_filters.FilterSet,
) -> type[django_filters.FilterSet]:
    """Return a FilterSet whose names may have dots, which a class body does not allow."""
    return type(name, (base,), dict(filters))
