from django.contrib import admin

from apps.core.admin import TenantAdmin
from apps.inventory.models import Batch, Reservation, ReservationLine, StockItem, StockLevel, Warehouse


@admin.register(Warehouse)
class WarehousePages(TenantAdmin):
    list_display = ("id", "name", "owner_type", "owner_id", "gln", "status", "version", "updated_at")
    list_filter = ("status", "owner_type")
    search_fields = ("id__exact", "name", "gln__exact", "owner_id__exact")
    ordering = ("id",)
    hidden_fields = ("owner_supplier_id", "owner_retail_partner_id")


@admin.register(StockItem)
class StockItemPages(TenantAdmin):
    list_display = (
        "supplier_id",
        "product_id",
        "retail_partner_id",
        "on_hand",
        "reserved",
        "on_hold",
        "reorder_threshold",
        "version",
        "updated_at",
    )
    search_fields = ("supplier__id__exact", "product__id__exact", "retail_partner__id__exact")
    ordering = ("id",)


@admin.register(StockLevel)
class StockLevelPages(TenantAdmin):
    list_display = (
        "item",
        "warehouse_id",
        "owner_type",
        "batch_number",
        "expires_at",
        "on_hand",
        "reserved",
        "on_hold",
    )
    list_select_related = ("item",)
    list_filter = ("owner_type",)
    search_fields = (
        "item__supplier_id__exact",
        "item__product_id__exact",
        "warehouse__id__exact",
        "batch_number__exact",
    )
    ordering = ("id",)


@admin.register(Batch)
class BatchPages(TenantAdmin):
    list_display = ("number", "supplier_id", "product_id", "expires_at")
    search_fields = ("number__exact", "supplier__id__exact", "product__id__exact")
    ordering = ("id",)


@admin.register(Reservation)
class ReservationPages(TenantAdmin):
    list_display = ("created_at", "item", "state", "quantity", "remaining", "expires_at", "reference", "party_id")
    list_select_related = ("item",)
    list_filter = ("state",)
    search_fields = ("reference__exact", "item__supplier_id__exact", "item__product_id__exact")
    ordering = ("-id",)


@admin.register(ReservationLine)
class ReservationLinePages(TenantAdmin):
    list_display = ("id", "reservation_id", "level", "remaining")
    list_select_related = ("level",)
    search_fields = ("level__warehouse_id__exact", "level__batch_number__exact")
    ordering = ("-id",)
