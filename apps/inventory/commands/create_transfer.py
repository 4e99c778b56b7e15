from apps.core.codes import chosen_or_new
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.inventory.domain.transfer_plans import NewTransfer, check_items, ends_of, partner_of
from apps.inventory.models import Transfer, TransferLine
from apps.inventory.queries.transfers import Content, TransferFacts, transfer_facts
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data


@use_case(TransferFacts)
def create_transfer(uow: UnitOfWork, new: NewTransfer) -> TransferFacts:
    """Plan a transfer; nothing moves yet and nothing is held for it."""
    ends = ends_of(uow, new)
    check_items(uow, ends, new.items)
    quantities = in_base_units(
        uow,
        [
            Measured(item.product_id, item.unit, item.quantity, f"#/items/{index}/quantity")
            for index, item in enumerate(new.items)
        ],
    )
    suppliers = {item.supplier_id for item in new.items}
    row = master_data.create(
        uow,
        Transfer,
        code=chosen_or_new(new.transfer_id, prefix="trf", pointer="#/transferId"),
        from_warehouse_id=ends.source.pk,
        to_warehouse_id=ends.destination.pk,
        from_partner_id=partner_of(ends.source),
        to_partner_id=partner_of(ends.destination),
        supplier_id=suppliers.pop() if len(suppliers) == 1 else None,
        reference=new.reference,
        expected_at=new.expected_at,
    )
    lines = TransferLine.objects.bulk_create(
        TransferLine(
            tenant_id=uow.ctx.tenant_id,
            transfer=row,
            position=position,
            supplier_id=item.supplier_id,
            product_id=item.product_id,
            batch_number=item.batch_number,
            planned=quantity,
        )
        for position, (item, quantity) in enumerate(zip(new.items, quantities, strict=True))
    )
    return transfer_facts(row, [Content(line, []) for line in lines])
