"""The operations of /v1/warehouses."""

from apps.core.http.operations import Resource
from apps.inventory.api.warehouse_filters import WarehouseFilter
from apps.inventory.api.warehouse_schemas import WarehouseChange, WarehouseCreate, WarehousePage, WarehouseView

_EXAMPLE = {
    "warehouseId": "Warehouse_A",
    "name": "Central warehouse",
    "owner": {"type": "tenant"},
    "address": {"street": "Harbour Road 1", "city": "Bristol", "postalCode": "BS1 4XE", "countryCode": "GB"},
    "gln": "4012345000009",
    "attributes": {"zone": "west"},
}

_RESOURCE = Resource(scope="warehouses", tag="Warehouses", view=WarehouseView)

LIST = _RESOURCE.listing(
    operation_id="listWarehouses",
    summary="List warehouses",
    description="Staff see every warehouse of the tenant, a supplier its own and the tenant's.",
    answer=WarehousePage,
    filters=WarehouseFilter,
    order_by=("warehouseId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createWarehouse",
    summary="Create a warehouse",
    description="The owner is the caller's own party unless staff name another; it never changes.",
    body=WarehouseCreate,
    problems=("already_exists", "invalid_check_digit", "not_found", "not_permitted"),
    examples={
        "The tenant's own": _EXAMPLE,
        "A supplier's": {
            "warehouseId": "Warehouse_B",
            "name": "Factory gate",
            "owner": {"type": "supplier", "id": "SUP123"},
        },
    },
)
GET = _RESOURCE.reading(
    operation_id="getWarehouse",
    summary="Get a warehouse",
    description="Staff read every warehouse of the tenant, a supplier its own and the tenant's.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeWarehouse",
    summary="Change a warehouse",
    description="Staff change every warehouse, a supplier its own.",
    body=WarehouseChange,
    problems=("invalid_check_digit", "not_permitted"),
    examples={"Another street": {"address": {"street": "Harbour Road 2"}}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteWarehouse",
    summary="Delete a warehouse that nothing names",
    description=(
        "No stock ever lay there, and no order, shipment, return, transfer or count names it. Staff delete every such "
        "warehouse, a supplier its own. Others are archived: `status: archived`."
    ),
    problems=("resource_in_use", "not_permitted"),
)
