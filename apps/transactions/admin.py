from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.actors import actor_name
from apps.core.admin import Table, TenantAdmin, display, linked, list_of, page_of
from apps.transactions.models import StockTransaction

_NEWEST = 20


@admin.register(StockTransaction)
class StockTransactionPages(TenantAdmin):
    list_display = ("when", "kind", "item", "place", "change", "after", "reference", "reason", "posted_by")
    list_display_links = ("when",)
    list_filter = ("type",)
    linked_filters = ("supplier_id", "product_id", "retail_partner_id")
    search_fields = ("product_id__exact", "supplier_id__exact", "reference__exact")
    search_help_text = "A product's code, a supplier's code, or a reference: exactly as it stands"
    ordering = ("-id",)
    lines = (
        ("kind", "item", "place"),
        ("on_hand_change", "reserved_change", "on_hold_change"),
        ("on_hand_after", "reserved_after", "on_hold_after"),
        ("reason", "reference", "reservation_id"),
        ("posted_by", "party_type", "party_id"),
        ("occurred_at", "recorded_at", "item_version"),
        ("id", "request_id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        with_names: QuerySet[Any] = rows.annotate(actor=actor_name())
        return with_names

    @display(description="Recorded", ordering="id")
    def when(self, row: StockTransaction) -> str:
        return f"{row.recorded_at:%Y-%m-%d %H:%M:%S}"

    @display(
        description="Type",
        label={
            "receipt": "success",
            "return": "success",
            "sale": "info",
            "shipment": "info",
            "adjustment": "warning",
            "count": "warning",
            "damage": "danger",
        },
    )
    def kind(self, row: StockTransaction) -> str:
        return row.type

    @display(description="Item")
    def item(self, row: StockTransaction) -> str:
        return item_name(row)

    @display(description="Where")
    def place(self, row: StockTransaction) -> str:
        return place_name(row)

    @display(description="Change")
    def change(self, row: StockTransaction) -> str:
        return change_in_words(row)

    @display(description="On hand after")
    def after(self, row: StockTransaction) -> int:
        return row.on_hand_after

    @display(description="Posted by")
    def posted_by(self, row: Any) -> str:
        return str(row.actor)


def newest_entries(tenant_id: int, *, supplier_id: str, product_id: str, retail_partner_id: str | None) -> Table:
    """Return an item's newest ledger entries, with the way to all of them."""
    rows = StockTransaction.objects.filter(
        tenant_id=tenant_id, supplier_id=supplier_id, product_id=product_id, retail_partner_id=retail_partner_id
    )
    query = {"supplier_id__exact": supplier_id, "product_id__exact": product_id}
    query |= (
        {"retail_partner_id__exact": retail_partner_id} if retail_partner_id else {"retail_partner_id__isnull": "1"}
    )
    return Table(
        title=f"History: the newest {_NEWEST} ledger entries",
        headers=("Recorded (UTC)", "Type", "Where", "Change", "On hand after", "Reference", "Reason", "Posted by"),
        rows=[_cells(row) for row in rows.annotate(actor=actor_name()).order_by("-id")[:_NEWEST]],
        empty="Nothing was booked on this item yet.",
        link=list_of(StockTransaction, urlencode(query)),
        link_text="All entries of this item",
    )


def _cells(row: Any) -> Sequence[Any]:
    return (
        linked(f"{row.recorded_at:%Y-%m-%d %H:%M:%S}", page_of(StockTransaction, row.pk)),
        row.type,
        place_name(row),
        change_in_words(row),
        row.on_hand_after,
        row.reference or "-",
        row.reason or "-",
        row.actor,
    )


def item_name(row: StockTransaction) -> str:
    """Return supplier and product, and whose stock it is where it is a partner's."""
    return f"{row.supplier_id} / {row.product_id}" + (f" ({row.retail_partner_id})" if row.retail_partner_id else "")


def place_name(row: Any) -> str:
    """Return warehouse and batch."""
    return f"{row.warehouse_id} · {row.batch_number}" if row.batch_number else row.warehouse_id


def change_in_words(row: StockTransaction) -> str:
    """Return what an entry changed: on hand, and what was reserved or put on hold."""
    changes = ((row.on_hand_change, ""), (row.reserved_change, " reserved"), (row.on_hold_change, " on hold"))
    return ", ".join(f"{change:+,}{of}" for change, of in changes if change) or "0"
