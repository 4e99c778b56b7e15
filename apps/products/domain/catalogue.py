"""Who may write in the brand's catalogue: staff everything, a supplier what its own clients created."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.context import PartyType, Principal
from apps.core.errors import FieldError, Forbidden, InvalidState, NotFound
from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork
from apps.products.domain import variants
from apps.products.domain.keeping import refuse_backward_temperatures
from apps.products.events import product_created
from apps.products.models import OrderRule, Price, Product, SkuMapping
from apps.products.queries.packaging import packaging_of
from apps.products.queries.products import facts_of, products
from apps.products.types import ProductFacts, ProductValues
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data

_NAMED = 100


def add(uow: UnitOfWork, code: str, values: ProductValues) -> ProductFacts:
    """Create a product under a code and tell it.

    Raises Forbidden for whom may not, AlreadyExists for a code, SKU, GTIN or variant that is taken.
    """
    refuse_backward_temperatures(values.storage_conditions)
    supplier_id = _creating_supplier(uow)
    key = variants.variant_key(variants.varies_by(uow, values.group_id), values.attributes)
    with variants.unlike_its_siblings(values.group_id, key):
        row = master_data.create(uow, Product, code=code, supplier_id=supplier_id, variant_key=key, **asdict(values))
    facts = facts_of(row)
    uow.emit(product_created(facts))
    return facts


def lock_own(uow: UnitOfWork, product_id: str) -> Product:
    """Return a product that the caller may change, locked.

    Raises NotFound where it is absent or invisible, Forbidden where it is another's.
    """
    row = master_data.lock(products(uow.ctx), product_id)
    if not _may_change(uow.ctx.principal, row):
        raise Forbidden("A supplier changes only products that it created.")
    return row


def lock_all_own(uow: UnitOfWork, places: Mapping[str, str]) -> None:
    """Lock the products that a file names, each first named at a place.

    Raises NotFound where one is absent or invisible, Forbidden where one is another's, with the places.
    """
    codes = sorted(places)
    rows = products(uow.ctx).filter(pk__in=codes).order_by("pk")
    locked = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    absent = [code for code in codes if code not in locked]
    if absent:
        errors = [
            FieldError(code="not_found", detail=f"There is no product {code!r}.", pointer=f"{places[code]}/productId")
            for code in absent[:_NAMED]
        ]
        raise NotFound(errors[0].detail, errors=errors)
    others = [code for code in codes if not _may_change(uow.ctx.principal, locked[code])]
    if others:
        detail = "A supplier changes only products that it created."
        errors = [
            FieldError(code="not_permitted", detail=detail, pointer=f"{places[code]}/productId")
            for code in others[:_NAMED]
        ]
        raise Forbidden(detail, errors=errors)


def keep_base_unit(row: Product, unit_of_measure: str, *, expected: ExpectedVersion | None) -> None:
    """Refuse another base unit for a locked product of which something counts the present one.

    Raises InvalidState, and before it what a stale version raises.
    """
    if unit_of_measure == row.unit_of_measure:
        return
    if expected is not None:
        expected.check(row.version)
    units = list(packaging_of(row).order_by("unit_of_measure").values_list("unit_of_measure", flat=True))
    if units:
        detail = "The product has packaging, whose factors count its base unit: delete it before the unit changes."
        raise InvalidState(detail, unitsOfMeasure=[row.unit_of_measure, *units])
    users = users_of_unit(row, row.unit_of_measure)
    if users:
        raise InvalidState(f"{' and '.join(users)} of the product count its base unit: delete them before it changes.")


def users_of_unit(row: Product, unit_of_measure: str) -> list[str]:
    """Return what there is of a product that counts one of its units, as the API's paths call it.

    Who deletes a unit and makes it anew gives it another factor, and such things another meaning.
    """
    of_product = Q(tenant_id=row.tenant_id, product_id=row.pk)
    counting = of_product & Q(unit_of_measure=unit_of_measure)
    mapped = counting | of_product & Q(unit_of_measure=None) if unit_of_measure == row.unit_of_measure else counting
    rows: tuple[tuple[str, QuerySet[Any]], ...] = (
        ("prices", Price.objects.filter(counting)),
        ("orderRules", OrderRule.objects.filter(counting)),
        ("skuMappings", SkuMapping.objects.filter(mapped)),
    )
    return [name for name, found in rows if found.exists()]


def _creating_supplier(uow: UnitOfWork) -> str | None:
    principal = uow.ctx.principal
    match principal.party:
        case PartyType.TENANT:
            return None
        case PartyType.SUPPLIER if suppliers(uow.ctx).filter(pk=principal.party_id).exists():
            return principal.party_id
    raise Forbidden("Products are created by the tenant's staff and its suppliers.")


def _may_change(principal: Principal, row: Product) -> bool:
    return principal.is_staff or (principal.party is PartyType.SUPPLIER and row.supplier_id == principal.party_id)
