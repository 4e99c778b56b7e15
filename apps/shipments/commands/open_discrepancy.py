from apps.core.codes import chosen_or_new
from apps.core.errors import FieldError, NotFound
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.orders.domain import life as order_life
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

    The receiver corrects its own stock by a movement of its own. Raises NotFound for a product that was not in it.
    """
    shipment: Shipment = found(shipments(uow.ctx), new.shipment_id)
    order_life.check_party(uow.ctx.principal, order_life.Step.RECEIVE)
    order = found(orders(uow.ctx), shipment.order_id)
    if not any(parcel.product_id == new.product_id for parcel in shipment.parcels.all()):
        detail = "The shipment brought no such product."
        raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer="#/productId")])
    (quantity,) = in_base_units(uow, [Measured(new.product_id, new.unit, new.quantity, "#/quantity")])
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
