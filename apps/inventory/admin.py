import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.access.actors import actor_name
from apps.core.admin import Table, TenantAdmin, display, label, linked, page_of
from apps.core.context import CallContext
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.inventory.commands.post_movements import post_movement
from apps.inventory.models import (
    Allocation,
    Arrival,
    Batch,
    ConflictPolicy,
    Count,
    CountLine,
    IntegrityReport,
    ParkedMovement,
    Reservation,
    ReservationItem,
    ReservationLine,
    Review,
    StockItem,
    StockLevel,
    Transfer,
    TransferLine,
    TransferParcel,
    Warehouse,
)
from apps.inventory.types import Movement, MovementType
from apps.tenancy.actions import ActionForm, Done, TenantActions, tenant_action
from apps.tenancy.roles import Action
from apps.transactions.admin import newest_entries, place_name

_SHOWN = 200


@admin.register(Warehouse)
class WarehousePages(TenantAdmin):
    list_display = ("id", "name", "owner_type", "owner_id", "gln", "state", "version", "updated_at")
    list_filter = ("status", "owner_type")
    search_fields = ("id__exact", "name", "gln__exact", "owner_id__exact")
    ordering = ("id",)
    hidden_fields = ("owner_supplier_id", "owner_retail_partner_id")

    @display(description="Status", label={"active": "success"})
    def state(self, row: Warehouse) -> str:
        return row.status


class WholeNumber(forms.IntegerField):
    """A number as people write it in the API too: no underscores, no digits of other scripts."""

    def to_python(self, value: Any) -> int | None:
        """Return the number. Raises ValidationError for anything else."""
        if value not in self.empty_values and not re.fullmatch(r"\s*-?[0-9]+\s*", str(value), re.ASCII):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class AdjustStock(ActionForm):
    """A signed difference on one level, and why."""

    level = forms.TypedChoiceField(label="Where", coerce=int, widget=UnfoldAdminSelectWidget)
    quantity = WholeNumber(
        label="Change of on hand",
        min_value=-MAX_LINE_QUANTITY,
        max_value=MAX_LINE_QUANTITY,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="In base units: 5 adds five, -5 takes five away.",
    )
    reason = forms.CharField(
        max_length=255,
        widget=UnfoldAdminTextInputWidget,
        help_text="It stands in the ledger beside your name.",
    )
    reference = forms.CharField(max_length=255, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, data: Any = None, *, row: StockItem, request: HttpRequest | None = None) -> None:
        super().__init__(data, row=row, request=request)
        self.levels = {level.pk: level for level in _levels(row)}
        field = self.fields["level"]
        field.choices = [  # type: ignore[attr-defined]  # a choice field
            (pk, f"{place_name(level)}, on hand {level.on_hand:,}") for pk, level in self.levels.items()
        ]

    def movement(self) -> Movement:
        """Return what the form asks for."""
        said, level = self.cleaned_data, self.levels[self.cleaned_data["level"]]
        return Movement(
            type=MovementType.ADJUSTMENT,
            supplier_id=self.row.supplier_id,
            product_id=self.row.product_id,
            retail_partner_id=self.row.retail_partner_id,
            quantity=said["quantity"],
            warehouse_id=level.warehouse_id,
            batch_number=level.batch_number,
            reason=said["reason"],
            reference=said["reference"] or None,
        )


class StockStatus(admin.SimpleListFilter):
    """Availability by the items' totals: an expired batch counts here until it is taken away."""

    title = "availability"
    parameter_name = "availability"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("out", "Out of stock"), ("low", "At or below the reorder threshold"), ("in", "In stock")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = queryset.annotate(free=F("on_hand") - F("reserved") - F("on_hold"))
        match self.value():
            case "out":
                return rows.filter(free__lte=0)
            case "low":
                return rows.filter(free__gt=0, free__lte=F("reorder_threshold"))
            case "in":
                return rows.filter(free__gt=0)
        return queryset


@admin.register(StockItem)
class StockItemPages(TenantActions):
    list_display = (
        "item",
        "retail_partner_id",
        "availability",
        "on_hand",
        "reserved",
        "on_hold",
        "available",
        "reorder_threshold",
        "updated_at",
    )
    list_filter = (StockStatus,)
    search_fields = ("supplier__id__exact", "product__id__exact", "retail_partner__id__exact")
    search_help_text = "The code of a supplier, product or retail partner: exactly as it stands"
    ordering = ("id",)
    actions_detail = ("adjust_stock",)
    lines = (
        ("supplier", "product", "retail_partner"),
        ("availability", "available", "reorder_threshold"),
        ("on_hand", "reserved", "on_hold"),
        ("version", "updated_at", "attributes"),
    )

    @display(description="Item", ordering="supplier_id")
    def item(self, row: StockItem) -> str:
        return f"{row.supplier_id} / {row.product_id}"

    @display(description="Available")
    def available(self, row: StockItem) -> int:
        return row.on_hand - row.reserved - row.on_hold

    @display(description="Availability", label={"out of stock": "danger", "low": "warning", "in stock": "success"})
    def availability(self, row: StockItem) -> str:
        free = self.available(row)
        if free <= 0:
            return "out of stock"
        low = row.reorder_threshold is not None and free <= row.reorder_threshold
        return "low" if low else "in stock"

    def get_tables(self, request: HttpRequest, row: StockItem) -> list[Table]:
        history = newest_entries(
            row.tenant_id,
            supplier_id=row.supplier_id,
            product_id=row.product_id,
            retail_partner_id=row.retail_partner_id,
        )
        return [_levels_table(row), _reservations_table(row), history]

    @tenant_action(
        Action.ADJUST_STOCK,
        title="Adjust stock",
        icon="tune",
        explanation="Books an adjustment on one level of this item: the difference between what the books say and what "
        "is there. It goes through the ledger like every movement, and subscribers hear of it.",
        submit="Book the adjustment",
        form=AdjustStock,
    )
    def adjust_stock(self, ctx: CallContext, row: StockItem, form: AdjustStock) -> Done:
        booked = post_movement(ctx, form.movement()).result
        return Done(f"Booked {form.cleaned_data['quantity']:+,}. On hand is {booked.item.on_hand:,}.")


def _levels(row: StockItem) -> QuerySet[StockLevel]:
    rows = StockLevel.objects.filter(tenant_id=row.tenant_id, item=row)
    return rows.order_by(F("expires_at").asc(nulls_last=True), "id")[:_SHOWN]


def _levels_table(row: StockItem) -> Table:
    return Table(
        title="Levels: where it lies",
        headers=("Where", "Owner", "Expires (UTC)", "On hand", "Reserved", "On hold", "Available"),
        rows=[
            (
                linked(place_name(level), page_of(StockLevel, level.pk)),
                level.owner_type,
                f"{level.expires_at:%Y-%m-%d %H:%M}" if level.expires_at else "-",
                f"{level.on_hand:,}",
                f"{level.reserved:,}",
                f"{level.on_hold:,}",
                f"{level.on_hand - level.reserved - level.on_hold:,}",
            )
            for level in _levels(row)
        ],
        empty="Nothing of this item lies anywhere yet.",
    )


def _reservations_table(row: StockItem) -> Table:
    parts = ReservationItem.objects.filter(tenant_id=row.tenant_id, item=row, state=ReservationItem.HELD)
    named: Any = parts.select_related("reservation").annotate(actor=actor_name("reservation__application_id"))
    rows = named.order_by("expires_at", "id")[:_SHOWN]
    return Table(
        title="Live reservations",
        headers=("Made (UTC)", "Still held", "Of", "Until (UTC)", "Reference", "Made by"),
        rows=[
            (
                linked(f"{each.reservation.created_at:%Y-%m-%d %H:%M:%S}", page_of(Reservation, each.reservation_id)),
                f"{each.remaining:,}",
                f"{each.quantity:,}",
                f"{each.expires_at:%Y-%m-%d %H:%M}" if each.expires_at else label("until released"),
                each.reservation.reference or "-",
                each.actor,
            )
            for each in rows
        ],
        empty="Nothing of this item is reserved.",
    )


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
    list_display = ("number", "supplier_id", "product_id", "expires_at", "held", "hold_reason")
    list_filter = ("held",)
    search_fields = ("number__exact", "supplier__id__exact", "product__id__exact")
    ordering = ("id",)


@admin.register(Reservation)
class ReservationPages(TenantAdmin):
    list_display = ("created_at", "id", "expires_at", "reference", "beneficiary_id", "party_id")
    search_fields = ("reference__exact", "beneficiary_id__exact")
    ordering = ("-created_at", "-id")


@admin.register(ReservationItem)
class ReservationItemPages(TenantAdmin):
    list_display = (
        "reservation_id",
        "item",
        "condition",
        "quantity",
        "remaining",
        "committed",
        "displaced",
        "expires_at",
    )
    list_select_related = ("item",)
    list_filter = ("state",)
    search_fields = ("item__supplier_id__exact", "item__product_id__exact")
    ordering = ("-id",)

    @display(
        description="State",
        label={"held": "info", "committed": "success", "expired": "warning", "displaced": "danger"},
    )
    def condition(self, row: ReservationItem) -> str:
        return row.state


@admin.register(ReservationLine)
class ReservationLinePages(TenantAdmin):
    list_display = ("id", "reservation_id", "level", "remaining")
    list_select_related = ("level",)
    search_fields = ("level__warehouse_id__exact", "level__batch_number__exact")
    ordering = ("-id",)


@admin.register(IntegrityReport)
class IntegrityReportPages(TenantAdmin):
    list_display = ("checked_at", "state", "seconds")
    list_filter = ("balanced",)
    ordering = ("-id",)

    @display(description="Found", label={"balanced": "success", "not balanced": "danger"})
    def state(self, row: IntegrityReport) -> str:
        return "balanced" if row.balanced else "not balanced"


@admin.register(Allocation)
class AllocationPages(TenantAdmin):
    list_display = ("item", "retail_partner_id", "channel", "quantity", "sold", "borrowable_until", "ends_at")
    list_select_related = ("item",)
    search_fields = ("item__supplier_id__exact", "item__product_id__exact", "retail_partner__id__exact", "channel")
    ordering = ("-created_at", "-id")


@admin.register(Arrival)
class ArrivalPages(TenantAdmin):
    list_display = ("item", "source", "quantity", "expected_at")
    list_select_related = ("item",)
    search_fields = ("item__supplier_id__exact", "item__product_id__exact", "source__exact")
    ordering = ("expected_at", "id")


@admin.register(Transfer)
class TransferPages(TenantAdmin):
    list_display = ("id", "from_warehouse_id", "to_warehouse_id", "state", "expected_at", "reference", "updated_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "reference__exact", "from_warehouse__id__exact", "to_warehouse__id__exact")
    ordering = ("-created_at", "-id")

    @display(description="Status", label={"inTransit": "info", "received": "success", "cancelled": "danger"})
    def state(self, row: Transfer) -> str:
        return row.status


@admin.register(TransferLine)
class TransferLinePages(TenantAdmin):
    list_display = ("transfer_id", "position", "supplier_id", "product_id", "batch_number", "planned")
    search_fields = ("transfer__id__exact", "product__id__exact")
    ordering = ("-id",)


@admin.register(TransferParcel)
class TransferParcelPages(TenantAdmin):
    list_display = ("line", "batch_number", "shipped", "received", "damaged", "over", "short", "returned")
    list_select_related = ("line",)
    search_fields = ("line__transfer__id__exact", "batch_number__exact")
    ordering = ("-id",)


@admin.register(ConflictPolicy)
class ConflictPolicyPages(TenantAdmin):
    list_display = ("supplier_id", "policy", "priorities", "updated_at")
    ordering = ("supplier_id",)


@admin.register(Count)
class CountPages(TenantAdmin):
    list_display = ("id", "warehouse_id", "status", "reference", "created_at", "closed_at", "version")
    list_filter = ("status",)
    search_fields = ("id__exact", "warehouse_id__exact", "reference__exact")
    ordering = ("-created_at", "-id")


@admin.register(CountLine)
class CountLinePages(TenantAdmin):
    list_display = ("count_id", "supplier_id", "product_id", "batch_number", "quantity", "expected", "counted_at")
    search_fields = ("count_id__exact", "supplier_id__exact", "product_id__exact")
    ordering = ("-id",)


@admin.register(Review)
class ReviewPages(TenantAdmin):
    list_display = ("created_at", "item", "warehouse_id", "source", "stated", "on_hand", "reason", "status")
    list_select_related = ("item",)
    list_filter = ("status", "reason")
    search_fields = ("item__supplier_id__exact", "item__product_id__exact", "source__exact")
    ordering = ("-created_at", "-id")


@admin.register(ParkedMovement)
class ParkedMovementPages(TenantAdmin):
    list_display = ("created_at", "partner_sku", "party_type", "party_id", "status", "product_id", "updated_at")
    list_filter = ("status", "party_type")
    search_fields = ("id__exact", "partner_sku__exact", "party_id__exact")
    ordering = ("-created_at",)
