"""Filters by the contract's names: equality by field name, ranges as `field.gte`, sets by comma."""

from typing import Any

import django_filters
from django.forms import CharField, Field
from django_filters.fields import BaseCSVField
from django_filters.widgets import BaseCSVWidget

_MAX_SET = 100


class _CodesField(BaseCSVField, CharField):
    widget = BaseCSVWidget

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned is not None and len(cleaned) > _MAX_SET:
            raise django_filters.fields.forms.ValidationError(f"At most {_MAX_SET} values.")
        return cleaned


class CodesFilter(django_filters.Filter):
    """One code, or several by comma: any of them."""

    field_class: type[Field] = _CodesField

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name=field_name, lookup_expr="in", **kwargs)

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


def moments(name: str, field_name: str) -> dict[str, django_filters.Filter]:
    """Return `name.gte` and `name.lt` for a moment (RFC 3339)."""
    return {
        f"{name}.gte": django_filters.IsoDateTimeFilter(field_name=field_name, lookup_expr="gte"),
        f"{name}.lt": django_filters.IsoDateTimeFilter(field_name=field_name, lookup_expr="lt"),
    }


def filter_set(name: str, filters: dict[str, django_filters.Filter]) -> type[django_filters.FilterSet]:
    """Return a FilterSet whose names may have dots, which a class body does not allow."""
    return type(name, (django_filters.FilterSet,), dict(filters))
