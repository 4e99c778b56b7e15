"""Order rules: the smallest quantity of a product that may be ordered, and the steps in which more may be."""

from fractions import Fraction
from math import ceil, gcd

from apps.core.context import CallContext, PartyType
from apps.core.errors import FieldError, Forbidden, ValidationFailed
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.outbox.unit_of_work import UnitOfWork
from apps.products.domain.pricing import known_unit
from apps.products.errors import MinimumOrderQuantity
from apps.products.models import OrderRule, Product
from apps.products.queries.packaging import packaging_of
from apps.products.types import BaseOrderRule


def check_order_quantity(
    quantity: int, rule: BaseOrderRule, *, unit: Fraction = Fraction(1)
) -> MinimumOrderQuantity | None:
    """Return the refusal of a quantity that the rule does not allow, or None; `unit` is how many base units one is.

    Its facts count that unit: the minimum and the multiple, and in `nearestQuantities` the neighbours that the rule
    allows, the smaller first.
    """
    minimum = ceil(rule.minimum / unit)
    # The fewest of the unit that are whole multiples in base units.
    multiple = unit.denominator * rule.multiple // gcd(unit.numerator, rule.multiple)
    smallest = _up(minimum, multiple)
    if quantity >= smallest and quantity % multiple == 0:
        return None
    below = quantity - quantity % multiple
    above = max(_up(quantity, multiple), smallest)
    near = [each for each in (below, above) if smallest <= each and each * unit <= MAX_LINE_QUANTITY]
    return MinimumOrderQuantity(
        minimum=minimum,
        multiple=multiple,
        requested=quantity,
        nearestQuantities=sorted(set(near)),
        orderRuleId=rule.order_rule_id,
    )


def refuse_all_but_the_supplier(ctx: CallContext, supplier_id: str) -> None:
    """Raise Forbidden for whom is neither of the tenant's staff nor the supplier whose goods the rule is about."""
    principal = ctx.principal
    if principal.is_staff or (principal.party is PartyType.SUPPLIER and principal.party_id == supplier_id):
        return
    raise Forbidden("Order rules are made by the tenant's staff and by the supplier whose goods they are about.")


def refuse_all_but_its_maker(ctx: CallContext, rule: OrderRule) -> None:
    """Raise Forbidden for whom may not change a rule: a retail partner's own is the staff's to make and to change."""
    refuse_all_but_the_supplier(ctx, rule.supplier_id)
    if rule.retail_partner_id is not None and not ctx.principal.is_staff:
        raise Forbidden("A retail partner's own order rule is changed by the tenant's staff.")


def in_base_units(
    uow: UnitOfWork, product: Product, *, unit: str | None, minimum: int | None, multiple: int | None
) -> tuple[str, int, int]:
    """Return the unit, and the minimum and the multiple in base units, by default 1.

    A minimum that is not whole is raised to the next whole one; of a multiple only the whole ones count. Raises
    ValidationFailed for a unit that the product has not, and where base units would be beyond every order.
    """
    unit = known_unit(product, unit)
    numerator, denominator = 1, 1
    if unit != product.unit_of_measure:
        numerator, denominator = (
            packaging_of(product).filter(unit_of_measure=unit).values_list("numerator", "denominator").get()
        )
    base_minimum = -(-(minimum or 1) * numerator // denominator) if minimum else 1
    stride = (multiple or 1) * numerator
    base_multiple = stride // gcd(stride, denominator) if multiple else 1
    smallest = _up(base_minimum, base_multiple)
    for value, name in ((smallest if minimum else 1, "minimumQuantity"), (base_multiple, "orderMultiple")):
        if value > MAX_LINE_QUANTITY:
            detail = f"These are more than {MAX_LINE_QUANTITY} base units."
            raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=f"#/{name}")])
    return unit, base_minimum, base_multiple


def refuse_empty_rule(minimum: int | None, multiple: int | None) -> None:
    """Raise ValidationFailed for a rule that allows everything."""
    if minimum is None and multiple is None:
        detail = "A rule has a minimumQuantity, an orderMultiple or both."
        error = FieldError(code="required", detail=detail, pointer="#/minimumQuantity")
        raise ValidationFailed(detail, errors=[error])


def _up(quantity: int, multiple: int) -> int:
    return -(-quantity // multiple) * multiple
