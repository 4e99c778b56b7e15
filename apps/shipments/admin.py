from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin import Table, TenantAdmin, display, linked, page_of
from apps.orders.models import Order
from apps.products.models import Product
from apps.shipments.models import Discrepancy, PackedItem, Parcel, Shipment

_SHOWN = 500
_COLOURS = {"created": "warning", "dispatched": "info", "delivered": "success", "cancelled": "danger"}
_SETTLED = {"open": "warning", "accepted": "success", "rejected": "danger"}


@admin.register(Shipment)
class ShipmentPages(TenantAdmin):
    list_display = ("id", "state", "of", "supplier_id", "retail_partner_id", "carrier", "tracking_number", "created_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "tracking_number__exact", "order__id__exact", "packages__sscc__exact")
    search_help_text = "The code of a shipment or an order, a tracking number or an SSCC: exactly as it stands"
    ordering = ("-created_at", "-id")
    lines = (
        ("state", "of"),
        ("supplier_id", "retail_partner_id"),
        ("from_warehouse", "delivery_warehouse_id"),
        ("carrier", "tracking_number", "expected_at"),
        ("created_at", "dispatched_at", "delivered_at"),
        ("version", "attributes"),
    )

    @display(description="Status", label=_COLOURS)
    def state(self, row: Shipment) -> str:
        return row.status

    @display(description="Order")
    def of(self, row: Shipment) -> str:
        return linked(row.order_id, page_of(Order, row.order_id))

    def get_tables(self, request: HttpRequest, row: Shipment) -> list[Table]:
        return [_packed_table(row), _parcels_table(row)]


@admin.register(Discrepancy)
class DiscrepancyPages(TenantAdmin):
    list_display = ("id", "state", "kind", "quantity", "product_id", "shipment_id", "party_type", "created_at")
    list_filter = ("status", "kind")
    search_fields = ("id__exact", "order__id__exact", "shipment__id__exact", "product__id__exact")
    search_help_text = "The code of a discrepancy, an order, a shipment or a product: exactly as it stands"
    ordering = ("-created_at", "-id")

    @display(description="Status", label=_SETTLED)
    def state(self, row: Discrepancy) -> str:
        return row.status


def _packed_table(row: Shipment) -> Table:
    items = PackedItem.objects.filter(
        tenant_id=row.tenant_id, package__tenant_id=row.tenant_id, package__shipment=row
    ).select_related("package")
    return Table(
        title="Packed, in base units",
        headers=("Package", "SSCC", "Product", "Batch", "Quantity"),
        rows=[
            (
                item.package.position + 1,
                item.package.sscc or "-",
                linked(item.product_id, page_of(Product, item.product_id)),
                item.batch_number or "-",
                f"{item.quantity:,}",
            )
            for item in items.order_by("package__position", "position")[:_SHOWN]
        ],
        empty="Nothing is packed.",
    )


def _parcels_table(row: Shipment) -> Table:
    parcels = Parcel.objects.filter(tenant_id=row.tenant_id, shipment=row).order_by("id")
    return Table(
        title="Shipped, by batch, in base units",
        headers=("Product", "Batch", "Shipped", "Received", "Damaged", "Short", "Over", "Under way"),
        rows=[
            (
                linked(parcel.product_id, page_of(Product, parcel.product_id)),
                parcel.batch_number or "-",
                *(f"{number:,}" for number in (parcel.shipped, parcel.received, parcel.damaged)),
                *(f"{number:,}" for number in (parcel.short, parcel.over, parcel.in_transit)),
            )
            for parcel in parcels[:_SHOWN]
        ],
        empty="Nothing has left yet.",
    )
