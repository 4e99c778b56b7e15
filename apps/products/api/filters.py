from typing import Any

import django_filters

from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.filters import CodesFilter, filter_set, moments
from apps.products.models.compatibility import FIRST_YEAR, LAST_YEAR
from apps.products.queries import fitting
from apps.products.types import Vehicle


class GtinsFilter(CodesFilter):
    """GTINs in whatever length the caller uses: they are stored with 14 digits."""

    def filter(self, qs: Any, value: Any) -> Any:
        return super().filter(qs, [gtin.zfill(14) for gtin in value] if value else value)


class _Word(django_filters.CharFilter):
    """A part of a vehicle: the parts are asked for together, by `VehicleFilters`."""

    def filter(self, qs: Any, value: Any) -> Any:
        return qs


class _Year(django_filters.NumberFilter):
    """A model year."""

    def filter(self, qs: Any, value: Any) -> Any:
        return qs


class VehicleFilters(django_filters.FilterSet):
    """Filters of which those that begin with `fits.` name one vehicle."""

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        cleaned = self.form.cleaned_data
        parts = {name: cleaned[f"fits.{name}"] for name in ("make", "model", "year", "engine")}
        named = {name: value for name, value in parts.items() if value not in (None, "")}
        if not named:
            return rows
        if "make" not in named:
            detail = "A vehicle is named by its make at least: send fits.make too."
            raise ValidationFailed(detail, errors=[FieldError(code="required", detail=detail, parameter="fits.make")])
        if "year" in named:
            named["year"] = int(named["year"])
        return fitting(rows, Vehicle(**named))


def _word(says: str) -> _Word:
    return _Word(strip=False, help_text=f"{says} Case and spaces make no difference.")


ProductFilter = filter_set(
    "ProductFilter",
    {
        "productId": CodesFilter("pk"),
        "sku": CodesFilter("sku"),
        "gtin": GtinsFilter("gtin"),
        "groupId": CodesFilter("group_id"),
        "supplierId": CodesFilter("supplier_id"),
        "status": CodesFilter("status"),
        "fits.make": _word("Products that fit a vehicle of this make."),
        "fits.model": _word("Of this model; with `fits.make`."),
        "fits.year": _Year(
            min_value=FIRST_YEAR, max_value=LAST_YEAR, decimal_places=0, help_text="Of this model year."
        ),
        "fits.engine": _word("Of this engine; what names no engine fits every one."),
        **moments("createdAt", "created_at"),
        **moments("updatedAt", "updated_at"),
    },
    base=VehicleFilters,
)
