"""The operations of /v1/supplyAgreements."""

from apps.core.http.operations import Resource
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
    "validTo": "2034-12-31",
    "minimumShelfLifeDays": 90,
}

_RESOURCE = Resource(scope="retail_partners", tag="Supply agreements", view=SupplyAgreementView)

LIST = _RESOURCE.listing(
    operation_id="listSupplyAgreements",
    summary="List supply agreements",
    description="What retail partners may see and order of which supplier's stock. Staff see all of the tenant's.",
    answer=SupplyAgreementPage,
    filters=SupplyAgreementFilter,
    order_by=("agreementId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createSupplyAgreement",
    summary="Create a supply agreement",
    description=(
        "An agreement without `productId` covers every product of the tenant. The supplier and the retail partner must "
        "exist; a product may be agreed before it is created. It is in force while it is active, from `validFrom` to "
        "`validTo`, both days included."
    ),
    body=SupplyAgreementCreate,
    problems=("already_exists", "not_found"),
    examples={"One product for some years": _EXAMPLE},
)
GET = _RESOURCE.reading(
    operation_id="getSupplyAgreement",
    summary="Get a supply agreement",
    description="Staff read every agreement of the tenant.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeSupplyAgreement",
    summary="Change a supply agreement",
    description="Staff only. Its two parties and its product never change.",
    body=SupplyAgreementChange,
    examples={"A later end": {"validTo": "2035-12-31"}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteSupplyAgreement",
    summary="Delete a supply agreement",
    description="Staff only. The partner sees the supplier's stock no longer; its reservations stay.",
)
