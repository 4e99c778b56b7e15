from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.core.admin import Table, TenantAdmin, display, linked, page_of
from apps.core.context import CallContext
from apps.core.money import amount_text
from apps.inventory.models import Reservation, ReservationItem
from apps.orders.commands.cancel_order import cancel_order
from apps.orders.commands.confirm_order import confirm_order
from apps.orders.domain.life import TRANSITIONS, Step
from apps.orders.models import Order, OrderLine, OrderReturn, OrderReturnLine
from apps.products.models import Product
from apps.tenancy.actions import ActionForm, Done, TenantActions, tenant_action
from apps.tenancy.roles import Action

_SHOWN = 500
_STEPS = {Action.CONFIRM_ORDER: Step.CONFIRM, Action.CANCEL_ORDER: Step.CANCEL}
_COLOURS = {
    "placed": "warning",
    "confirmed": "info",
    "partlyShipped": "info",
    "shipped": "info",
    "received": "success",
    "cancelled": "danger",
}


class CancelOrder(ActionForm):
    """Why nothing more of an order will be sent."""

    reason = forms.CharField(
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Both parties of the order read it.",
    )


@admin.register(Order)
class OrderPages(TenantActions):
    list_display = ("id", "state", "type", "supplier_id", "retail_partner_id", "sold", "reference", "created_at")
    list_filter = ("status", "type")
    search_fields = (
        "id__exact",
        "platform_order_number__exact",
        "reference__exact",
        "supplier__id__exact",
        "retail_partner__id__exact",
    )
    search_help_text = (
        "An order's code, reference or number on its platform, or the code of a party: exactly as it stands"
    )
    ordering = ("-created_at", "-id")
    actions_detail = ("confirm_order", "cancel_order")
    lines = (
        ("state", "type", "priority"),
        ("supplier", "retail_partner", "delivery_warehouse"),
        ("platform", "platform_order_number", "payment_status"),
        ("reference", "requested_on", "cancel_reason"),
        ("created_at", "confirmed_at", "shipped_at"),
        ("closed_at", "version", "attributes"),
        ("held",),
    )

    @display(description="Status", label=_COLOURS)
    def state(self, row: Order) -> str:
        return row.status

    @display(description="Sold at")
    def sold(self, row: Order) -> str:
        return f"{row.platform} {row.platform_order_number}" if row.platform else "-"

    @display(description="Held for it")
    def held(self, row: Order) -> str:
        return linked("its reservation", page_of(Reservation, row.reservation_id))

    def get_tables(self, request: HttpRequest, row: Order) -> list[Table]:
        return [_lines_table(row), _returns_table(row)]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer the steps that may be taken from where the order stands."""
        offered = super().get_actions_detail(request, object_id)
        row = self.get_queryset(request).filter(pk=unquote(object_id)).first()
        if row is None:
            return []
        return [each for each in offered if row.status in TRANSITIONS[_STEPS[each.method.permitted_action]]]

    @tenant_action(
        Action.CONFIRM_ORDER,
        title="Confirm",
        icon="check",
        explanation="Says, in the supplier's place, that all of the order will be sent. Subscribers hear of it.",
        submit="Confirm the order",
    )
    def confirm_order(self, ctx: CallContext, row: Order, form: ActionForm) -> Done:
        confirm_order(ctx, row.pk, items=[], expected=None)
        return Done(f"{row.pk} is confirmed.")

    @tenant_action(
        Action.CANCEL_ORDER,
        title="Cancel",
        icon="cancel",
        explanation="Gives up all that has not left: what is held for it is free again, or goes to whoever waits.",
        submit="Cancel the order",
        form=CancelOrder,
        danger=True,
    )
    def cancel_order(self, ctx: CallContext, row: Order, form: CancelOrder) -> Done:
        left = cancel_order(ctx, row.pk, items=None, reason=form.cleaned_data["reason"] or None, expected=None).result
        return Done(f"{row.pk} is {left.status}.")


def _lines_table(row: Order) -> Table:
    parts = ReservationItem.objects.filter(tenant_id=row.tenant_id, reservation_id=row.reservation_id)
    held = {part.item.product_id: part for part in parts.select_related("item")}
    lines = OrderLine.objects.filter(tenant_id=row.tenant_id, order=row).order_by("position")
    return Table(
        title="Lines, in base units",
        headers=(
            *("Product", "Ordered", "Price", "Confirmed", "Held", "Waits for"),
            *("Cancelled", "Shipped", "Received", "Damaged", "Short", "Returned"),
        ),
        rows=[
            (
                linked(line.product_id, page_of(Product, line.product_id)),
                f"{line.quantity:,}",
                _price(line),
                "-" if line.confirmed is None else f"{line.confirmed:,}",
                *(f"{number:,}" for number in _held(held.get(line.product_id))),
                *(f"{number:,}" for number in (line.cancelled, line.shipped, line.received)),
                *(f"{number:,}" for number in (line.damaged, line.short, line.returned)),
            )
            for line in lines[:_SHOWN]
        ],
        empty="It has no lines.",
    )


def _price(line: OrderLine) -> str:
    if line.price_amount is None or line.price_currency is None:
        return "-"
    return f"{amount_text(line.price_amount, line.price_currency)} {line.price_currency}"


def _held(part: ReservationItem | None) -> tuple[int, int]:
    return (part.remaining, part.waiting) if part else (0, 0)


def _returns_table(row: Order) -> Table:
    rows = OrderReturn.objects.filter(tenant_id=row.tenant_id, order=row).order_by("-created_at", "-id")
    return Table(
        title="Returns",
        headers=("Return", "Kind", "Recorded (UTC)", "Where", "Reference"),
        rows=[
            (
                linked(each.pk, page_of(OrderReturn, each.pk)),
                each.type,
                f"{each.created_at:%Y-%m-%d %H:%M:%S}",
                each.warehouse_id,
                each.reference or "-",
            )
            for each in rows[:_SHOWN]
        ],
        empty="Nothing of it came back.",
    )


@admin.register(OrderReturn)
class ReturnPages(TenantAdmin):
    list_display = ("id", "type", "order_id", "supplier_id", "retail_partner_id", "warehouse_id", "created_at")
    list_filter = ("type",)
    search_fields = ("id__exact", "order__id__exact", "reference__exact", "supplier_id__exact")
    ordering = ("-created_at", "-id")

    def get_tables(self, request: HttpRequest, row: OrderReturn) -> list[Table]:
        lines = OrderReturnLine.objects.filter(tenant_id=row.tenant_id, order_return=row).order_by("position")
        return [
            Table(
                title="What came back, in base units",
                headers=("Product", "Batch", "Quantity", "Reason", "Condition", "What became of it"),
                rows=[
                    (
                        linked(line.product_id, page_of(Product, line.product_id)),
                        line.batch_number or "-",
                        f"{line.quantity:,}",
                        line.reason,
                        line.condition,
                        line.disposition,
                    )
                    for line in lines[:_SHOWN]
                ],
                empty="It has no lines.",
            )
        ]


@admin.register(OrderLine)
class OrderLinePages(TenantAdmin):
    list_display = ("order_id", "position", "product_id", "quantity", "cancelled", "shipped", "received", "returned")
    search_fields = ("order__id__exact", "product__id__exact")
    ordering = ("-id",)


@admin.register(OrderReturnLine)
class ReturnLinePages(TenantAdmin):
    list_display = ("order_return_id", "position", "product_id", "batch_number", "quantity", "disposition")
    search_fields = ("order_return__id__exact", "product__id__exact", "batch_number__exact")
    ordering = ("-id",)
