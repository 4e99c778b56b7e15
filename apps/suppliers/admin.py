from django.contrib import admin

from apps.core.admin import TenantAdmin
from apps.suppliers.models import Supplier


@admin.register(Supplier)
class SupplierPages(TenantAdmin):
    list_display = ("id", "name", "gln", "lead_time_days", "status", "version", "updated_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "name", "gln__exact")
    ordering = ("id",)
