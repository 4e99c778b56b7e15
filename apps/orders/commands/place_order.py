"""Place an order: hold what there is, wait for what may wait, or refuse it with the facts."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from apps.core.codes import chosen_or_new
from apps.core.errors import Forbidden
from apps.core.ids import uuid7
from apps.inventory.domain import order_stock
from apps.inventory.domain.order_stock import Wanted
from apps.orders.domain import life, placing
from apps.orders.errors import RecordedOtherwise
from apps.orders.models import Order, OrderLine
from apps.orders.queries import facts_of, orders
from apps.orders.types import NewOrder, OrderedItem, OrderFacts, OrderType
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
_PLATFORM_NUMBERS = 0x0D3A


@use_case(OrderFacts)
def place_order(uow: UnitOfWork, new: NewOrder) -> OrderFacts:
    """Place an order and hold its stock in one step.

    A sale under a platform's number that was recorded before is that order again (`repeated`), also where the caller
    may order it no more. Raises InsufficientStock, with a pointer to each item that is short and may not wait, and
    MinimumOrderQuantity.
    """
    partner_id = placing.party_of(uow.ctx.principal, new)
    if new.priority and not uow.ctx.principal.is_staff:
        raise Forbidden("Which order is served first is the tenant's to say.")
    recorded = _recorded(uow, new, partner_id)
    if recorded is not None:
        return recorded
    units = placing.check_references(uow, new, partner_id)
    quantities, instalments = placing.base_quantities(uow, new)
    placing.check_rules(uow, new, partner_id, quantities)
    row = _create(uow, new, partner_id)
    lines = OrderLine.objects.bulk_create(_lines(row, new.items, units, quantities, instalments))
    held = order_stock.hold(
        uow, life.stock_of(row), [Wanted(line.product_id, line.quantity, line.backorder) for line in lines]
    )
    return life.tell(uow, row, lines, event="order.placed", held=held)


def _recorded(uow: UnitOfWork, new: NewOrder, partner_id: str | None) -> OrderFacts | None:
    """Return the order that the shop's number on the platform names already; a twin waits until the first is done.

    Raises RecordedOtherwise where it has other contents.
    """
    if new.platform_order_number is None:
        return None
    number = f"{uow.ctx.tenant_id} {new.platform} {new.platform_order_number}"
    uow.fetch(_ONE_AT_A_TIME, [_PLATFORM_NUMBERS, number])
    row = (
        orders(uow.ctx)
        .filter(
            platform=new.platform,
            platform_order_number=new.platform_order_number,
            supplier_id=new.supplier_id,
            retail_partner_id=partner_id,
        )
        .first()
    )
    if row is None:
        return None
    if not placing.same_contents(uow, {line.product_id: line.quantity for line in row.lines.all()}, new):
        raise RecordedOtherwise(value=new.platform_order_number, orderId=row.pk)
    return replace(facts_of(row), repeated=True)


def _create(uow: UnitOfWork, new: NewOrder, partner_id: str | None) -> Order:
    is_sale = new.type is OrderType.SALE
    return master_data.create(
        uow,
        Order,
        code=chosen_or_new(new.order_id, prefix="ord", pointer="#/orderId"),
        # What a customer has bought needs nobody's word any more.
        status=Order.CONFIRMED if is_sale else Order.PLACED,
        confirmed_at=uow.ctx.now if is_sale else None,
        type=new.type.value,
        supplier_id=new.supplier_id,
        retail_partner_id=partner_id,
        platform=new.platform,
        platform_order_number=new.platform_order_number,
        payment_status=new.payment_status,
        reference=new.reference,
        priority=new.priority,
        delivery_address=new.delivery_address,
        delivery_warehouse_id=new.delivery_warehouse_id,
        requested_on=new.requested_on,
        reservation_id=uuid7(),
        attributes=new.attributes,
    )


def _lines(
    row: Order,
    items: Sequence[OrderedItem],
    units: Mapping[str, str],
    quantities: Sequence[int],
    instalments: Sequence[Sequence[int]],
) -> list[OrderLine]:
    lines = []
    for position, (item, quantity, parts) in enumerate(zip(items, quantities, instalments, strict=True)):
        amount, currency = item.price or (None, None)
        lines.append(
            OrderLine(
                tenant_id=row.tenant_id,
                order=row,
                position=position,
                product_id=item.product_id,
                quantity=quantity,
                unit=item.unit or units[item.product_id],
                unit_quantity=item.quantity,
                backorder=item.backorder,
                price_amount=amount,
                price_currency=currency,
                schedule=[
                    {"deliverOn": each.deliver_on.isoformat(), "quantity": part}
                    for each, part in zip(item.schedule, parts, strict=True)
                ],
                confirmed=quantity if row.status == Order.CONFIRMED else None,
            )
        )
    return lines
