from dataclasses import dataclass

from apps.core.codes import chosen_or_new
from apps.inventory.domain.warehouse_owners import Owner, checked_owner
from apps.inventory.models.warehouse import Warehouse
from apps.inventory.queries.warehouses import WarehouseFacts, warehouse_facts
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWarehouse:
    """A warehouse to create; without a code it gets one, without an owner it is the caller's own."""

    warehouse_id: str | None
    name: str
    owner: Owner | None
    address: dict[str, str | None] | None
    gln: str | None
    status: str
    attributes: dict[str, str]


@use_case(WarehouseFacts)
def create_warehouse(uow: UnitOfWork, new: NewWarehouse) -> WarehouseFacts:
    """Create a warehouse."""
    owner = checked_owner(uow, new.owner)
    row = master_data.create(
        uow,
        Warehouse,
        code=chosen_or_new(new.warehouse_id, prefix="whs", pointer="#/warehouseId"),
        name=new.name,
        owner_type=owner.type.value,
        owner_id=owner.id,
        address=new.address,
        gln=new.gln,
        status=new.status,
        attributes=new.attributes,
    )
    return warehouse_facts(row)
