"""What holds for every price, whoever made it: who may, which units, and that no two say different things at once."""

from datetime import datetime

from django.db.models import F, Q

from apps.core.context import CallContext
from apps.core.errors import AlreadyExists, FieldError, Forbidden, ValidationFailed
from apps.outbox.unit_of_work import UnitOfWork
from apps.products.models import Price, Product
from apps.products.queries.packaging import packaging_of
from apps.products.queries.products import products
from apps.tenancy.domain import master_data


def refuse_all_but_staff(ctx: CallContext) -> None:
    """Raise Forbidden for whom is not of the tenant's staff: prices are the brand's to make."""
    if not ctx.principal.is_staff:
        raise Forbidden("Prices are made by the tenant's staff.")


def lock_product(uow: UnitOfWork, product_id: str) -> Product:
    """Return the product of a price, locked: whoever says what it costs does so one after the other.

    Without the lock two who meet in the exclusion constraint would wait for each other. Raises NotFound.
    """
    rows = products(uow.ctx).select_for_update(of=("self",), no_key=True)
    return master_data.referred(rows, product_id, pointer="#/productId")


def refuse_empty_window(valid_from: datetime | None, valid_to: datetime | None) -> None:
    """Raise ValidationFailed for a window that holds no moment."""
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        detail = "validTo does not lie after validFrom."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/validTo")])


def known_unit(product: Product, unit_of_measure: str | None) -> str:
    """Return the unit, by default the base unit. Raises ValidationFailed where the product has no such unit."""
    if unit_of_measure is None or unit_of_measure == product.unit_of_measure:
        return product.unit_of_measure
    units = list(packaging_of(product).order_by("unit_of_measure").values_list("unit_of_measure", flat=True))
    if unit_of_measure in units:
        return unit_of_measure
    detail = "The product has no packaging of this unit."
    error = FieldError(code="invalid", detail=detail, pointer="#/unitOfMeasure")
    raise ValidationFailed(detail, errors=[error], unitsOfMeasure=[product.unit_of_measure, *units])


def refuse_overlap(uow: UnitOfWork, price: Price) -> None:
    """Refuse a price at whose time another says otherwise of the same, naming it.

    Its product is locked, so that nothing comes between this look and the write; behind both stands the exclusion
    constraint of the table.
    """
    if price.status != Price.ACTIVE:
        return
    rows = Price.objects.filter(
        tenant_id=uow.ctx.tenant_id,
        product_id=price.product_id,
        retail_partner_id=price.retail_partner_id,
        channel=price.channel,
        region=price.region,
        currency_code=price.currency_code,
        unit_of_measure=price.unit_of_measure,
        minimum_quantity=price.minimum_quantity,
        promotion__isnull=price.promotion is None,
        status=Price.ACTIVE,
    ).exclude(pk=price.pk)
    if price.valid_from is not None:
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=price.valid_from))
    if price.valid_to is not None:
        rows = rows.filter(Q(valid_from=None) | Q(valid_from__lt=price.valid_to))
    other = rows.order_by(F("valid_from").asc(nulls_first=True)).values_list("pk", flat=True).first()
    if other is not None:
        raise AlreadyExists(f"The price {other} holds for the same at the same time.", value=other, priceId=other)
