"""The operations of /v1/suppliers."""

from apps.core.http.operations import Resource
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

_RESOURCE = Resource(scope="suppliers", tag="Suppliers", view=SupplierView)

LIST = _RESOURCE.listing(
    operation_id="listSuppliers",
    summary="List suppliers",
    description="Staff see every supplier of the tenant, a supplier sees itself.",
    answer=SupplierPage,
    filters=SupplierFilter,
    order_by=("supplierId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createSupplier",
    summary="Create a supplier",
    description="Staff only. Without `supplierId` the supplier gets a code; a code is never reused.",
    body=SupplierCreate,
    problems=("already_exists", "invalid_check_digit"),
    examples={"A supplier with its own code": _EXAMPLE},
)
GET = _RESOURCE.reading(
    operation_id="getSupplier",
    summary="Get a supplier",
    description="Staff read every supplier of the tenant, a supplier itself.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeSupplier",
    summary="Change a supplier",
    description="Staff only.",
    body=SupplierChange,
    problems=("invalid_check_digit",),
    examples={"A new lead time": {"leadTimeDays": 10}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteSupplier",
    summary="Delete a supplier that nothing names",
    description=(
        "Staff only. One that anything names (stock, a product, an agreement, an order rule, a mapping, an order) is "
        "archived instead: `status: archived`."
    ),
    problems=("resource_in_use",),
)
