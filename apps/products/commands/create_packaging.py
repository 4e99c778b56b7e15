from django.db import IntegrityError

from apps.core.errors import AlreadyExists, FieldError
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.models import Packaging
from apps.products.queries.packaging import packaging_facts
from apps.products.types import NewPackaging, PackagingFacts


@use_case(PackagingFacts)
def create_packaging(uow: UnitOfWork, product_id: str, new: NewPackaging) -> PackagingFacts:
    """Add a unit in which a product is counted; whoever may change the product may.

    Raises AlreadyExists for a unit that the product has, its base unit included, and for a GTIN that is taken.
    """
    product = catalogue.lock_own(uow, product_id)
    if new.unit_of_measure == product.unit_of_measure:
        raise _taken("unitOfMeasure", new.unit_of_measure, "This is the product's base unit.")
    row = Packaging(
        tenant_id=uow.ctx.tenant_id,
        product_id=product.pk,
        unit_of_measure=new.unit_of_measure,
        numerator=new.numerator,
        denominator=new.denominator,
        gtin=new.gtin,
        created_at=uow.ctx.now,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        raise _refusal(error, row) from error
    return packaging_facts(row)


def _refusal(error: IntegrityError, row: Packaging) -> Exception:
    """Return what a broken constraint amounts to; the error itself where only a bug can cause it."""
    match getattr(getattr(error.__cause__, "diag", None), "constraint_name", None):
        case "packaging_unit_is_unique_in_its_product":
            return _taken("unitOfMeasure", row.unit_of_measure, "The product has packaging of this unit.")
        case "packaging_gtin_is_unique":
            return _taken("gtin", row.gtin, "Another packaging has this gtin.")
    return error


def _taken(member: str, value: str | None, detail: str) -> AlreadyExists:
    error = FieldError(code="already_exists", detail=detail, pointer=f"#/{member}")
    return AlreadyExists(detail, errors=[error], value=value)
