"""A party's own codes: who maps them, and the words that are none."""

from apps.core.context import CallContext
from apps.core.errors import FieldError, Forbidden, ValidationFailed
from apps.products.domain.pricing import known_unit
from apps.products.models import Product

# A word of the paths (/v1/skuMappings/parked), which no mapping may be called.
RESERVED = frozenset({"parked"})


def refuse_retail_partners(ctx: CallContext, supplier_id: str | None) -> None:
    """Raise Forbidden for whom is neither of the tenant's staff nor the supplier whose code it is."""
    principal = ctx.principal
    if not principal.is_staff and principal.party_id != supplier_id:
        raise Forbidden("Codes are mapped by the tenant's staff, and a supplier's own by the supplier.")


def refuse_all_but_one_party(supplier_id: str | None, retail_partner_id: str | None) -> None:
    """Raise ValidationFailed for a code of nobody, and for one of two parties."""
    if (supplier_id is None) == (retail_partner_id is None):
        detail = "A code is a supplier's or a retail partner's: name one of them."
        places = ("#/supplierId", "#/retailPartnerId")
        errors = [FieldError(code="invalid", detail=detail, pointer=place) for place in places]
        raise ValidationFailed(detail, errors=errors)


def own_unit(product: Product, unit_of_measure: str | None) -> str | None:
    """Return the unit that a code means, None for the base unit. Raises ValidationFailed for one that there is not."""
    unit = known_unit(product, unit_of_measure)
    return None if unit == product.unit_of_measure else unit
