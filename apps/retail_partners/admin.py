from django.contrib import admin

from apps.core.admin import TenantAdmin
from apps.retail_partners.models import RetailPartner, SupplyAgreement


@admin.register(RetailPartner)
class RetailPartnerPages(TenantAdmin):
    list_display = ("id", "name", "gln", "channel", "status", "version", "updated_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "name", "gln__exact")
    ordering = ("id",)


@admin.register(SupplyAgreement)
class SupplyAgreementPages(TenantAdmin):
    list_display = ("id", "retail_partner_id", "supplier_id", "product_id", "valid_from", "valid_to", "status")
    list_filter = ("status",)
    search_fields = ("id__exact", "retail_partner__id__exact", "supplier__id__exact", "product_id__exact")
    ordering = ("id",)
