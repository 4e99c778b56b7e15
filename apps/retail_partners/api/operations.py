"""The operations of /v1/retailPartners."""

from apps.core.http.operations import Operation
from apps.retail_partners.api.filters import RetailPartnerFilter
from apps.retail_partners.api.schemas import (
    RetailPartnerChange,
    RetailPartnerCreate,
    RetailPartnerPage,
    RetailPartnerView,
)

_EXAMPLE = {
    "retailPartnerId": "RP456",
    "name": "Corner Stores Inc",
    "gln": "4012345000009",
    "contact": {"name": "Ben", "email": "ben@example.com", "phone": None},
    "channel": "grocery",
    "attributes": {"tier": "gold"},
}

LIST = Operation(
    operation_id="listRetailPartners",
    summary="List retail partners",
    description="Staff see every retail partner of the tenant, a retail partner sees itself, a supplier none.",
    scope="retail_partners:read",
    tag="Retail partners",
    answer=RetailPartnerPage,
    filters=RetailPartnerFilter,
    order_by=("retailPartnerId", "createdAt"),
    paged=True,
)
CREATE = Operation(
    operation_id="createRetailPartner",
    summary="Create a retail partner",
    scope="retail_partners:write",
    tag="Retail partners",
    body=RetailPartnerCreate,
    answer=RetailPartnerView,
    status=201,
    keys="accepted",
    tagged=True,
    problems=("already_exists", "invalid_check_digit"),
    examples={"A retail partner with its own code": _EXAMPLE},
)
GET = Operation(
    operation_id="getRetailPartner",
    summary="Get a retail partner",
    scope="retail_partners:read",
    tag="Retail partners",
    answer=RetailPartnerView,
    tagged=True,
)
CHANGE = Operation(
    operation_id="changeRetailPartner",
    summary="Change a retail partner",
    description="A JSON merge patch: what it does not name stays, null removes.",
    scope="retail_partners:write",
    tag="Retail partners",
    body=RetailPartnerChange,
    answer=RetailPartnerView,
    keys="accepted",
    versioned=True,
    tagged=True,
    problems=("invalid_check_digit",),
    examples={"Another channel": {"channel": "online"}},
)
DELETE = Operation(
    operation_id="deleteRetailPartner",
    summary="Delete a retail partner that nothing names",
    scope="retail_partners:write",
    tag="Retail partners",
    status=204,
    keys="accepted",
    versioned=True,
    problems=("resource_in_use",),
)
