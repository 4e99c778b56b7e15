from dataclasses import dataclass

from apps.core.context import CallContext
from apps.inventory.models.warehouse import Warehouse, WarehouseQuerySet
from apps.tenancy.queries import common_facts, found
from apps.tenancy.types import MasterDataFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseFacts(MasterDataFacts):
    """A warehouse as a command leaves it; `owner_id` is empty where the tenant owns it."""

    warehouse_id: str
    name: str
    owner_type: str
    owner_id: str
    address: dict[str, str | None] | None
    gln: str | None


def warehouses(ctx: CallContext) -> WarehouseQuerySet:
    """Return the warehouses that the caller may see."""
    return Warehouse.objects.visible_to(ctx.principal)


def warehouse(ctx: CallContext, warehouse_id: str) -> WarehouseFacts:
    """Return one warehouse. Raises NotFound where it is absent or invisible."""
    return warehouse_facts(found(warehouses(ctx), warehouse_id))


def warehouse_facts(row: Warehouse) -> WarehouseFacts:
    """Return a row as facts."""
    return WarehouseFacts(
        warehouse_id=row.pk,
        name=row.name,
        owner_type=row.owner_type,
        owner_id=row.owner_id,
        address=row.address,
        gln=row.gln,
        **common_facts(row),
    )
