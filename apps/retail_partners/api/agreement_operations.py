"""The operations of /v1/supplyAgreements."""

from apps.core.http.operations import Operation
from apps.retail_partners.api.filters import SupplyAgreementFilter
from apps.retail_partners.api.schemas import (
    SupplyAgreementChange,
    SupplyAgreementCreate,
    SupplyAgreementPage,
    SupplyAgreementView,
)

_EXAMPLE = {
    "agreementId": "AGR1",
    "retailPartnerId": "RP456",
    "supplierId": "SUP123",
    "productId": "HOTSAUCE789",
    "validFrom": "2026-01-01",
    "validTo": "2026-12-31",
    "minimumShelfLifeDays": 90,
}

LIST = Operation(
    operation_id="listSupplyAgreements",
    summary="List supply agreements",
    description="What retail partners may see and order of which supplier's stock. Staff see all of the tenant's.",
    scope="retail_partners:read",
    tag="Supply agreements",
    answer=SupplyAgreementPage,
    filters=SupplyAgreementFilter,
    order_by=("agreementId", "createdAt"),
    paged=True,
)
CREATE = Operation(
    operation_id="createSupplyAgreement",
    summary="Create a supply agreement",
    description=(
        "An agreement without `productId` covers every product of the tenant. The supplier and the retail partner must "
        "exist; a product may be agreed before it is created. It is in force while it is active, from `validFrom` to "
        "`validTo`, both days included."
    ),
    scope="retail_partners:write",
    tag="Supply agreements",
    body=SupplyAgreementCreate,
    answer=SupplyAgreementView,
    status=201,
    keys="accepted",
    tagged=True,
    problems=("already_exists",),
    examples={"One product for a year": _EXAMPLE},
)
GET = Operation(
    operation_id="getSupplyAgreement",
    summary="Get a supply agreement",
    scope="retail_partners:read",
    tag="Supply agreements",
    answer=SupplyAgreementView,
    tagged=True,
)
CHANGE = Operation(
    operation_id="changeSupplyAgreement",
    summary="Change a supply agreement",
    description="A JSON merge patch: what it does not name stays, null removes.",
    scope="retail_partners:write",
    tag="Supply agreements",
    body=SupplyAgreementChange,
    answer=SupplyAgreementView,
    keys="accepted",
    versioned=True,
    tagged=True,
    examples={"A later end": {"validTo": "2027-12-31"}},
)
DELETE = Operation(
    operation_id="deleteSupplyAgreement",
    summary="Delete a supply agreement",
    scope="retail_partners:write",
    tag="Supply agreements",
    status=204,
    keys="accepted",
    versioned=True,
)
