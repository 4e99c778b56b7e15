from collections.abc import Collection, Iterable

from apps.core.codes import OWN_CODE_PREFIX, OwnCode
from apps.core.context import CallContext, Principal
from apps.outbox.unit_of_work import reading
from apps.products.models import (
    SkuMapping,
)
from apps.products.models.sku_mapping import SkuMappingQuerySet
from apps.products.types import (
    SkuMappingFacts,
)
from apps.tenancy.queries import common_facts, found


def sku_mappings(ctx: CallContext) -> SkuMappingQuerySet:
    """Return the mappings that the caller may see."""
    return SkuMapping.objects.visible_to(ctx.principal)


def sku_mapping(ctx: CallContext, sku_mapping_id: str) -> SkuMappingFacts:
    """Return one mapping. Raises NotFound where it is absent or invisible."""
    return sku_mapping_facts(found(sku_mappings(ctx), sku_mapping_id))


def mapped(principal: Principal, partner_skus: Iterable[str]) -> dict[str, OwnCode]:
    """Return what a party's own codes stand for, by code, in one query; staff have none of their own."""
    if principal.is_staff:
        return {}
    rows = SkuMapping.objects.visible_to(principal).filter(partner_sku__in=list(partner_skus), status=SkuMapping.ACTIVE)
    return {row.partner_sku: OwnCode(product_id=row.product_id, unit_of_measure=row.unit_of_measure) for row in rows}


def own_codes(ctx: CallContext, codes: Collection[str]) -> dict[str, OwnCode]:
    """Return what codes of the caller's own, with the prefix, stand for: those that stand for something."""
    with reading(ctx):
        found = mapped(ctx.principal, [code.removeprefix(OWN_CODE_PREFIX) for code in codes])
    return {f"{OWN_CODE_PREFIX}{code}": own for code, own in found.items()}


def sku_mapping_facts(row: SkuMapping) -> SkuMappingFacts:
    """Return a row as facts."""
    return SkuMappingFacts(
        sku_mapping_id=row.pk,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        partner_sku=row.partner_sku,
        product_id=row.product_id,
        unit_of_measure=row.unit_of_measure,
        **common_facts(row),
    )
