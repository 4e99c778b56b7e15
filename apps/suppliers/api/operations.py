"""The operations of /v1/suppliers."""

from apps.core.http.operations import Operation
from apps.suppliers.api.filters import SupplierFilter
from apps.suppliers.api.schemas import SupplierChange, SupplierCreate, SupplierPage, SupplierView

_EXAMPLE = {
    "supplierId": "SUP123",
    "name": "Hot Sauce Makers Ltd",
    "gln": "5012345678900",
    "contact": {"name": "Ana", "email": "ana@example.com", "phone": None},
    "leadTimeDays": 14,
    "attributes": {"region": "south"},
}

LIST = Operation(
    operation_id="listSuppliers",
    summary="List suppliers",
    description="Staff see every supplier of the tenant, a supplier sees itself.",
    scope="suppliers:read",
    tag="Suppliers",
    answer=SupplierPage,
    filters=SupplierFilter,
    order_by=("supplierId", "createdAt"),
    paged=True,
)
CREATE = Operation(
    operation_id="createSupplier",
    summary="Create a supplier",
    scope="suppliers:write",
    tag="Suppliers",
    body=SupplierCreate,
    answer=SupplierView,
    status=201,
    keys="accepted",
    tagged=True,
    problems=("already_exists", "invalid_check_digit"),
    examples={"A supplier with its own code": _EXAMPLE},
)
GET = Operation(
    operation_id="getSupplier",
    summary="Get a supplier",
    scope="suppliers:read",
    tag="Suppliers",
    answer=SupplierView,
    tagged=True,
)
CHANGE = Operation(
    operation_id="changeSupplier",
    summary="Change a supplier",
    description="A JSON merge patch: what it does not name stays, null removes.",
    scope="suppliers:write",
    tag="Suppliers",
    body=SupplierChange,
    answer=SupplierView,
    keys="accepted",
    versioned=True,
    tagged=True,
    problems=("invalid_check_digit",),
    examples={"A new lead time": {"leadTimeDays": 10}},
)
DELETE = Operation(
    operation_id="deleteSupplier",
    summary="Delete a supplier that nothing names",
    scope="suppliers:write",
    tag="Suppliers",
    status=204,
    keys="accepted",
    versioned=True,
    problems=("resource_in_use",),
)
