from django.db.models import Sum

from apps.core.codes import chosen_or_new
from apps.core.errors import FieldError, NotFound
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.orders.domain import life as order_life
from apps.orders.errors import MoreThanOpen
from apps.orders.queries import orders
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain.receipt import tell_discrepancy
from apps.shipments.models import Discrepancy, Shipment
from apps.shipments.queries import discrepancy_facts, shipments
from apps.shipments.types import DiscrepancyFacts, NewDiscrepancy
from apps.tenancy.domain import master_data
from apps.tenancy.queries import found


@use_case(DiscrepancyFacts)
def open_discrepancy(uow: UnitOfWork, new: NewDiscrepancy) -> DiscrepancyFacts:
    """Say that a shipment which was booked as received is not what was sent.

    The receiver corrects its own stock by a movement of its own. Raises NotFound for a product that was not in it,
    MoreThanOpen for more short or damaged than was sent.
    """
    shipment: Shipment = found(shipments(uow.ctx).select_for_update(of=("self",)), new.shipment_id)
    order_life.check_party(uow.ctx.principal, order_life.Step.RECEIVE)
    order = found(orders(uow.ctx), shipment.order_id)
    sent = [parcel.shipped for parcel in shipment.parcels.all() if parcel.product_id == new.product_id]
    if not sent:
        detail = "The shipment brought no such product."
        raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer="#/productId")])
    (quantity,) = in_base_units(uow, [Measured(new.product_id, new.unit, new.quantity, "#/quantity")])
    if new.kind != Discrepancy.OVER:
        _check_within(uow, shipment, new, quantity, sent=sum(sent))
    row = master_data.create(
        uow,
        Discrepancy,
        code=chosen_or_new(None, prefix="dsc", pointer=""),
        status=Discrepancy.OPEN,
        kind=new.kind,
        order=order,
        shipment=shipment,
        product_id=new.product_id,
        batch_number=new.batch_number,
        supplier_id=shipment.supplier_id,
        retail_partner_id=shipment.retail_partner_id,
        quantity=quantity,
        party_type=uow.ctx.principal.party.value,
        note=new.note,
    )
    tell_discrepancy(uow, row, "discrepancy.opened")
    return discrepancy_facts(row)


def _check_within(uow: UnitOfWork, shipment: Shipment, new: NewDiscrepancy, quantity: int, *, sent: int) -> None:
    """Refuse more than was sent, with what was said to be short or damaged before."""
    rows = Discrepancy.objects.filter(tenant_id=uow.ctx.tenant_id, shipment=shipment, product_id=new.product_id)
    said = rows.exclude(status=Discrepancy.REJECTED).exclude(kind=Discrepancy.OVER).aggregate(all=Sum("quantity"))
    left = max(0, sent - (said["all"] or 0))
    if quantity > left:
        raise MoreThanOpen(productId=new.product_id, open=left, requested=quantity, step="found short or damaged")
