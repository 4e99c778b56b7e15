from django.contrib import admin

from apps.core.admin import TenantAdmin
from apps.transactions.models import StockTransaction


@admin.register(StockTransaction)
class StockTransactionPages(TenantAdmin):
    list_display = (
        "recorded_at",
        "type",
        "supplier_id",
        "product_id",
        "warehouse_id",
        "batch_number",
        "on_hand_change",
        "reserved_change",
        "on_hold_change",
        "reference",
    )
    list_filter = ("type",)
    search_fields = ("product_id__exact", "supplier_id__exact", "reference__exact")
    ordering = ("-id",)
