"""The operations of /v1/warehouses."""

from apps.core.http.operations import Operation
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

LIST = Operation(
    operation_id="listWarehouses",
    summary="List warehouses",
    description="Staff see every warehouse of the tenant, a supplier its own and the tenant's.",
    scope="warehouses:read",
    tag="Warehouses",
    answer=WarehousePage,
    filters=WarehouseFilter,
    order_by=("warehouseId", "createdAt"),
    paged=True,
)
CREATE = Operation(
    operation_id="createWarehouse",
    summary="Create a warehouse",
    description="The owner is the caller's own party unless staff name another; it never changes.",
    scope="warehouses:write",
    tag="Warehouses",
    body=WarehouseCreate,
    answer=WarehouseView,
    status=201,
    keys="accepted",
    tagged=True,
    problems=("already_exists", "invalid_check_digit", "not_permitted"),
    examples={
        "The tenant's own": _EXAMPLE,
        "A supplier's": {"name": "Factory gate", "owner": {"type": "supplier", "id": "SUP123"}},
    },
)
GET = Operation(
    operation_id="getWarehouse",
    summary="Get a warehouse",
    scope="warehouses:read",
    tag="Warehouses",
    answer=WarehouseView,
    tagged=True,
)
CHANGE = Operation(
    operation_id="changeWarehouse",
    summary="Change a warehouse",
    description="A JSON merge patch: what it does not name stays, null removes.",
    scope="warehouses:write",
    tag="Warehouses",
    body=WarehouseChange,
    answer=WarehouseView,
    keys="accepted",
    versioned=True,
    tagged=True,
    problems=("invalid_check_digit", "not_permitted"),
    examples={"Another street": {"address": {"street": "Harbour Road 2"}}},
)
DELETE = Operation(
    operation_id="deleteWarehouse",
    summary="Delete a warehouse where no stock ever lay",
    scope="warehouses:write",
    tag="Warehouses",
    status=204,
    keys="accepted",
    versioned=True,
    problems=("resource_in_use", "not_permitted"),
)
