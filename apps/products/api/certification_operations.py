"""The operations of a product's certificates."""

from apps.core.http.operations import Resource
from apps.products.api.certification_filters import CertificationFilter
from apps.products.api.certification_schemas import (
    CertificationChange,
    CertificationCreate,
    CertificationPage,
    CertificationView,
)

_RESOURCE = Resource(scope="products", tag="Products", view=CertificationView)
_EXAMPLE = {
    "certificationId": "CRT-DOT-1",
    "scheme": "DOT",
    "issuer": "US Department of Transportation",
    "number": "DOT-4711",
    "validFrom": "2024-01-01",
    "validTo": "2034-12-31",
    "documentUrl": "https://docs.example.com/dot-4711.pdf",
}

LIST = _RESOURCE.listing(
    operation_id="listCertifications",
    summary="List the certificates of a product",
    description="Whoever sees the product sees them.",
    answer=CertificationPage,
    filters=CertificationFilter,
    order_by=("certificationId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createCertification",
    summary="Add a certificate to a product",
    description=(
        "`product.certification_expiring` is sent once before it expires (30 days by default), and "
        "`product.certification_expired` once when it has. Whoever may change the product may add."
    ),
    body=CertificationCreate,
    problems=("already_exists", "not_permitted"),
    examples={"For ten years": _EXAMPLE},
)
GET = _RESOURCE.reading(
    operation_id="getCertification",
    summary="Get a certificate of a product",
    description="`status` is that of today. Whoever sees the product sees it.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeCertification",
    summary="Change a certificate of a product",
    description="With another `validTo` it is told of again when it expires. Whoever may change the product may.",
    body=CertificationChange,
    problems=("already_exists", "not_permitted"),
    examples={"Renewed": {"validTo": "2044-12-31"}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteCertification",
    summary="Delete a certificate of a product",
    description="Whoever may change the product may delete.",
    problems=("not_permitted",),
)
