from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Func, JSONField

from apps.core.context import CallContext, PartyType, Principal
from apps.core.structs import convert
from apps.inventory.types import ReservationFacts
from apps.orders.models import Order, OrderLine, OrderReturn, OrderReturnLine
from apps.orders.models.order import OrderQuerySet
from apps.orders.models.order_return import OrderReturnQuerySet
from apps.orders.types import OrderFacts, OrderLineFacts, ReturnFacts, ReturnLineFacts
from apps.tenancy.queries import found


class _Held(Func):
    """What the order's reservation holds and waits for, in the statement that reads the order."""

    function = "stock_reservation_facts"
    output_field = JSONField()


def orders(ctx: CallContext) -> OrderQuerySet:
    """Return the orders that the caller may see, with their lines and what is held for them."""
    rows = Order.objects.visible_to(ctx.principal).with_lines(ctx.tenant_id)
    return rows.annotate(held=_Held(F("tenant_id"), F("reservation_id")))


def order(ctx: CallContext, order_id: str) -> OrderFacts:
    """Return one order. Raises NotFound where it is absent or invisible."""
    return facts_of(found(orders(ctx), order_id))


def facts_of(row: Any) -> OrderFacts:
    """Return a row of `orders` as facts."""
    return order_facts(row, list(row.lines.all()), convert(row.held, ReservationFacts, strict=False))


def order_facts(row: Order, lines: Sequence[OrderLine], held: ReservationFacts) -> OrderFacts:
    """Return an order, its lines and its reservation as facts."""
    parts = {item.product_id: (item.remaining, item.waiting) for item in held.items}
    return OrderFacts(
        order_id=row.pk,
        version=row.version,
        status=row.status,
        type=row.type,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        platform=row.platform,
        platform_order_number=row.platform_order_number,
        payment_status=row.payment_status,
        reference=row.reference,
        priority=row.priority,
        delivery_address=row.delivery_address,
        delivery_warehouse=row.delivery_warehouse_id,
        requested_on=row.requested_on,
        reservation_id=row.reservation_id,
        cancel_reason=row.cancel_reason,
        attributes=row.attributes,
        created_at=row.created_at,
        updated_at=row.updated_at,
        confirmed_at=row.confirmed_at,
        shipped_at=row.shipped_at,
        closed_at=row.closed_at,
        items=[_line_facts(line, parts) for line in lines],
    )


def may_see(reader: Principal, supplier_id: str, retail_partner_id: str | None) -> bool:
    """Tell whether a reader sees an order, or what is about it: the same rule as `OrderQuerySet.visible_to`."""
    match reader.party:
        case PartyType.TENANT:
            return True
        case PartyType.SUPPLIER:
            return supplier_id == reader.party_id
        case PartyType.RETAIL_PARTNER:
            return retail_partner_id == reader.party_id


def order_returns(ctx: CallContext) -> OrderReturnQuerySet:
    """Return the returns that the caller may see, with their lines."""
    return OrderReturn.objects.visible_to(ctx.principal).with_lines(ctx.tenant_id)


def order_return(ctx: CallContext, return_id: str) -> ReturnFacts:
    """Return one return. Raises NotFound where it is absent or invisible."""
    row = found(order_returns(ctx), return_id)
    return return_facts(row, list(row.lines.all()))


def return_facts(row: OrderReturn, lines: Sequence[OrderReturnLine]) -> ReturnFacts:
    """Return a return and its lines as facts."""
    return ReturnFacts(
        return_id=row.pk,
        version=row.version,
        status=row.status,
        type=row.type,
        order_id=row.order_id,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        warehouse=row.warehouse_id,
        reference=row.reference,
        created_at=row.created_at,
        items=[
            ReturnLineFacts(
                product_id=line.product_id,
                batch=line.batch_number,
                quantity=line.quantity,
                reason=line.reason,
                condition=line.condition,
                disposition=line.disposition,
                taken_from_partner=line.taken_from_partner,
            )
            for line in lines
        ],
    )


def _line_facts(line: OrderLine, parts: Mapping[str, tuple[int, int]]) -> OrderLineFacts:
    held, waiting = parts.get(line.product_id, (0, 0))
    return OrderLineFacts(
        product_id=line.product_id,
        quantity=line.quantity,
        unit=line.unit,
        unit_quantity=line.unit_quantity,
        backorder=line.backorder,
        price=None if line.price_amount is None else str(line.price_amount),
        currency=line.price_currency,
        schedule=line.schedule,
        promised_on=line.promised_on,
        confirmed=line.confirmed,
        held=held,
        waiting=waiting,
        cancelled=line.cancelled,
        shipped=line.shipped,
        received=line.received,
        damaged=line.damaged,
        short=line.short,
        over=line.over,
        returned=line.returned,
    )
