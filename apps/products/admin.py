from django.contrib import admin

from apps.core.admin import TenantAdmin
from apps.products.models import (
    Certification,
    Compatibility,
    FieldMapping,
    OrderRule,
    Packaging,
    Price,
    Product,
    ProductGroup,
    SkuMapping,
)


@admin.register(Product)
class ProductPages(TenantAdmin):
    list_display = ("id", "sku", "name", "gtin", "unit_of_measure", "supplier_id", "status", "version", "updated_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "sku__exact", "name", "gtin__exact")
    ordering = ("id",)


@admin.register(ProductGroup)
class ProductGroupPages(TenantAdmin):
    list_display = ("id", "name", "varies_by", "status", "version", "updated_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "name")
    ordering = ("id",)


@admin.register(Packaging)
class PackagingPages(TenantAdmin):
    list_display = ("product_id", "unit_of_measure", "numerator", "denominator", "gtin", "created_at")
    search_fields = ("product__id__exact", "unit_of_measure__exact", "gtin__exact")
    ordering = ("product_id", "unit_of_measure")


@admin.register(Compatibility)
class CompatibilityPages(TenantAdmin):
    list_display = ("product_id", "make", "model", "year_from", "year_to", "engine", "trim", "position")
    search_fields = ("product__id__exact", "make__iexact", "model__iexact")
    ordering = ("id",)


@admin.register(Certification)
class CertificationPages(TenantAdmin):
    list_display = ("id", "product_id", "scheme", "issuer", "number", "valid_from", "valid_to", "told")
    search_fields = ("id__exact", "product__id__exact", "number__exact")
    ordering = ("id",)


@admin.register(Price)
class PricePages(TenantAdmin):
    list_display = (
        "id",
        "product_id",
        "amount",
        "currency_code",
        "unit_of_measure",
        "minimum_quantity",
        "retail_partner_id",
        "channel",
        "region",
        "promotion",
        "valid_from",
        "valid_to",
        "status",
    )
    list_filter = ("status",)
    search_fields = ("id__exact", "product__id__exact", "retail_partner__id__exact")
    ordering = ("id",)


@admin.register(OrderRule)
class OrderRulePages(TenantAdmin):
    list_display = (
        "id",
        "supplier_id",
        "product_id",
        "retail_partner_id",
        "minimum_quantity",
        "order_multiple",
        "unit_of_measure",
        "status",
    )
    list_filter = ("status",)
    search_fields = ("id__exact", "product__id__exact", "supplier__id__exact", "retail_partner__id__exact")
    ordering = ("id",)


@admin.register(SkuMapping)
class SkuMappingPages(TenantAdmin):
    list_display = (
        "id",
        "partner_sku",
        "supplier_id",
        "retail_partner_id",
        "product_id",
        "unit_of_measure",
        "status",
        "updated_at",
    )
    list_filter = ("status",)
    search_fields = ("id__exact", "partner_sku__exact", "product__id__exact")
    ordering = ("id",)


@admin.register(FieldMapping)
class FieldMappingPages(TenantAdmin):
    list_display = ("id", "resource", "supplier_id", "retail_partner_id", "status", "updated_at")
    list_filter = ("status", "resource")
    search_fields = ("id__exact", "supplier__id__exact", "retail_partner__id__exact")
    ordering = ("id",)
