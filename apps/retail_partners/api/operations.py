"""The operations of /v1/retailPartners."""

from apps.core.http.operations import Resource
from apps.retail_partners.api.filters import RetailPartnerFilter
from apps.retail_partners.api.schemas import (
    RetailPartnerChange,
    RetailPartnerCreate,
    RetailPartnerPage,
    RetailPartnerView,
)

_EXAMPLE = {
    "retailPartnerId": "RP456",
    "name": "Corner Grocers",
    "gln": "4012345000009",
    "contact": {"name": "Ben", "email": "ben@example.com", "phone": None},
    "channel": "grocery",
    "attributes": {"tier": "gold"},
}

_RESOURCE = Resource(scope="retail_partners", tag="Retail partners", view=RetailPartnerView)

LIST = _RESOURCE.listing(
    operation_id="listRetailPartners",
    summary="List retail partners",
    description="Every retail partner of the tenant. Staff only: no other party's client may have the scope.",
    answer=RetailPartnerPage,
    filters=RetailPartnerFilter,
    order_by=("retailPartnerId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createRetailPartner",
    summary="Create a retail partner",
    description="Staff only. Without `retailPartnerId` the partner gets a code; a code is never reused.",
    body=RetailPartnerCreate,
    problems=("already_exists", "invalid_check_digit"),
    examples={"A retail partner with its own code": _EXAMPLE},
)
GET = _RESOURCE.reading(
    operation_id="getRetailPartner",
    summary="Get a retail partner",
    description="Staff read every retail partner of the tenant.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeRetailPartner",
    summary="Change a retail partner",
    description="Staff only.",
    body=RetailPartnerChange,
    problems=("invalid_check_digit",),
    examples={"Another channel": {"channel": "online"}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteRetailPartner",
    summary="Delete a retail partner that nothing names",
    description=(
        "Staff only. One that anything names (stock, an agreement, a price, an order rule, a mapping, a pool, an "
        "order) is archived instead: `status: archived`."
    ),
    problems=("resource_in_use",),
)
