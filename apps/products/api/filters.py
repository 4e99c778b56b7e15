from typing import Any

import django_filters

from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.filters import CodesFilter, MomentFilter, filter_set, moments
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.products.models.compatibility import FIRST_YEAR, LAST_YEAR
from apps.products.queries.products import fitting
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


class _EffectiveFilter(MomentFilter):
    """The active rows whose window holds a moment."""

    def filter(self, qs: Any, value: Any) -> Any:
        return qs if value is None else qs.in_force(value)


PriceFilter = filter_set(
    "PriceFilter",
    {
        "priceId": CodesFilter("pk"),
        "productId": CodesFilter("product_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "channel": CodesFilter("channel"),
        "region": CodesFilter("region"),
        "currencyCode": CodesFilter("currency_code"),
        "status": CodesFilter("status"),
        "effectiveAt": _EffectiveFilter(help_text="Active rows that hold at this moment (RFC 3339)."),
        **moments("createdAt", "created_at"),
    },
)


def _text(name: str, help_text: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(name, max_length=255, strip=False, help_text=help_text)


# Not filters of rows, but what `effective_price` is asked for: read and checked in the same way.
EffectivePriceFilter = filter_set(
    "EffectivePriceFilter",
    {
        "retailPartnerId": _text(
            "retail_partner_id", "For which retail partner; one that asks is answered for itself."
        ),
        "channel": _text("channel", "In which channel."),
        "region": _text("region", "In which region."),
        "unitOfMeasure": _text("unit_of_measure", "Of which unit; by default the product's base unit."),
        "quantity": django_filters.NumberFilter(
            "quantity",
            min_value=1,
            max_value=MAX_LINE_QUANTITY,
            decimal_places=0,
            help_text="How many of the unit are bought at once; by default one.",
        ),
        "at": MomentFilter("at", help_text="At which moment (RFC 3339); by default now."),
    },
)
OrderRuleFilter = filter_set(
    "OrderRuleFilter",
    {
        "orderRuleId": CodesFilter("pk"),
        "supplierId": CodesFilter("supplier_id"),
        "productId": CodesFilter("product_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
    },
)

SkuMappingFilter = filter_set(
    "SkuMappingFilter",
    {
        "skuMappingId": CodesFilter("pk"),
        "supplierId": CodesFilter("supplier_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "partnerSku": CodesFilter("partner_sku"),
        "productId": CodesFilter("product_id"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
    },
)

FieldMappingFilter = filter_set(
    "FieldMappingFilter",
    {
        "fieldMappingId": CodesFilter("pk"),
        "supplierId": CodesFilter("supplier_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "resource": CodesFilter("resource"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
    },
)
