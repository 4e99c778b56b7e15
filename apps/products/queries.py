from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Exists, F, Q, QuerySet, Value

from apps.core.codes import OWN_CODE_PREFIX, OwnCode
from apps.core.context import CallContext, PartyType, Principal
from apps.core.errors import NotFound
from apps.core.ids import decode_id
from apps.core.money import amount_text
from apps.core.spelling import closed_up, searched, spelled
from apps.core.times import rfc3339
from apps.outbox.unit_of_work import reading
from apps.products.models import (
    Certification,
    Compatibility,
    FieldMapping,
    OrderRule,
    Packaging,
    Price,
    Product,
    ProductGroup,
    SkuMapping,
)
from apps.products.models.field_mapping import FieldMappingQuerySet
from apps.products.models.order_rule import OrderRuleQuerySet
from apps.products.models.price import PriceQuerySet
from apps.products.models.product import ProductQuerySet
from apps.products.models.product_group import ProductGroupQuerySet
from apps.products.models.sku_mapping import SkuMappingQuerySet
from apps.products.types import (
    COMPATIBILITY_PREFIX,
    BaseOrderRule,
    CertificationFacts,
    CertificationStatus,
    CompatibilityFacts,
    FieldMappingFacts,
    FieldNames,
    MoneyFacts,
    OrderRuleFacts,
    PackagingFacts,
    PriceFacts,
    PriceTerms,
    ProductFacts,
    ProductGroupFacts,
    SkuMappingFacts,
    Vehicle,
)
from apps.retail_partners.queries import retail_partners
from apps.tenancy.queries import common_facts, found


def products(ctx: CallContext) -> ProductQuerySet:
    """Return the products that the caller may see today."""
    return Product.objects.visible_to(ctx.principal, ctx.now.date())


def product(ctx: CallContext, product_id: str) -> ProductFacts:
    """Return one product. Raises NotFound where it is absent or invisible."""
    return facts_of(found(products(ctx), product_id))


def facts_of(row: Product) -> ProductFacts:
    """Return a row as facts."""
    return ProductFacts(
        product_id=row.pk,
        sku=row.sku,
        name=row.name,
        description=row.description,
        gtin=row.gtin,
        unit_of_measure=row.unit_of_measure,
        group_id=row.group_id,
        images=row.images,
        storage_conditions=row.storage_conditions,
        supplier_id=row.supplier_id,
        **common_facts(row),
    )


def product_groups(ctx: CallContext) -> ProductGroupQuerySet:
    """Return the groups that the caller may see today."""
    return ProductGroup.objects.visible_to(ctx.principal, ctx.now.date())


def product_group(ctx: CallContext, group_id: str) -> ProductGroupFacts:
    """Return one group. Raises NotFound where it is absent or invisible."""
    return group_facts(found(product_groups(ctx), group_id))


def variants(ctx: CallContext, group_id: str, product_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what each of the products is among its group's members: the attributes that the group varies by."""
    names = product_group(ctx, group_id).varies_by
    rows = products(ctx).filter(group_id=group_id, pk__in=set(product_ids))
    return {
        code: {name: attributes[name] for name in names if name in attributes}
        for code, attributes in rows.values_list("pk", "attributes")
    }


def group_facts(row: ProductGroup) -> ProductGroupFacts:
    """Return a row as facts."""
    return ProductGroupFacts(
        group_id=row.pk,
        name=row.name,
        description=row.description,
        varies_by=row.varies_by,
        **common_facts(row),
    )


def fitting(rows: ProductQuerySet, vehicle: Vehicle) -> ProductQuerySet:
    """Keep the products that fit a vehicle: one that names no engine fits every engine."""
    fits = Compatibility.objects.filter(make_key=searched(spelled(vehicle.make)))
    if vehicle.model is not None:
        fits = fits.filter(model_key=searched(spelled(vehicle.model)))
    if vehicle.year is not None:
        fits = fits.filter(year_from__lte=vehicle.year, year_to__gte=vehicle.year)
    if vehicle.engine is not None:
        fits = fits.filter(engine_key__in=["", searched(closed_up(vehicle.engine))])
    return rows.filter(pk__in=fits.values("product_id"))


def compatibility(ctx: CallContext, product_id: str) -> QuerySet[Compatibility]:
    """Return the vehicles that one product fits. Raises NotFound where the product is absent or invisible."""
    return compatibility_of(found(products(ctx), product_id))


def compatibility_of(product: Product) -> QuerySet[Compatibility]:
    """Return the vehicles that a product fits which was read already."""
    return Compatibility.objects.filter(tenant_id=product.tenant_id, product_id=product.pk)


def one_compatibility(rows: QuerySet[Compatibility], compatibility_id: str) -> Compatibility:
    """Return one of the vehicles. Raises NotFound where it is not among them."""
    return found(rows, decode_id(COMPATIBILITY_PREFIX, compatibility_id))


def compatibility_facts(row: Compatibility) -> CompatibilityFacts:
    """Return a row as facts."""
    return CompatibilityFacts(
        id=row.pk,
        product_id=row.product_id,
        make=row.make,
        model=row.model,
        year_from=row.year_from,
        year_to=row.year_to,
        engine=row.engine,
        trim=row.trim,
        position=row.position,
        notes=row.notes,
        created_at=rfc3339(row.created_at),
    )


def certifications(ctx: CallContext, product_id: str) -> QuerySet[Certification]:
    """Return the certificates of one product. Raises NotFound where the product is absent or invisible."""
    return certifications_of(found(products(ctx), product_id))


def certifications_of(product: Product) -> QuerySet[Certification]:
    """Return the certificates of a product that was read already."""
    return Certification.objects.filter(tenant_id=product.tenant_id, product_id=product.pk)


def certification_facts(row: Certification, today: date) -> CertificationFacts:
    """Return a row as facts of a day."""
    return CertificationFacts(
        certification_id=row.pk,
        product_id=row.product_id,
        scheme=row.scheme,
        issuer=row.issuer,
        number=row.number,
        valid_from=row.valid_from.isoformat() if row.valid_from else None,
        valid_to=row.valid_to.isoformat() if row.valid_to else None,
        document_url=row.document_url,
        status=_status_of(row, today),
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
    )


def _status_of(row: Certification, today: date) -> CertificationStatus:
    if row.valid_to is not None and row.valid_to < today:
        return CertificationStatus.EXPIRED
    if row.valid_from is not None and row.valid_from > today:
        return CertificationStatus.NOT_YET_VALID
    soon = today + timedelta(days=settings.CERTIFICATION_EXPIRING_DAYS)
    if row.valid_to is not None and row.valid_to <= soon:
        return CertificationStatus.EXPIRING
    return CertificationStatus.VALID


def prices(ctx: CallContext) -> PriceQuerySet:
    """Return the prices that the caller may see, in force or not."""
    return Price.objects.visible_to(ctx.principal, ctx.now)


def price(ctx: CallContext, price_id: str) -> PriceFacts:
    """Return one price. Raises NotFound where it is absent or invisible."""
    return price_facts(found(prices(ctx), price_id))


def effective_price(ctx: CallContext, product_id: str, terms: PriceTerms) -> PriceFacts:
    """Return what one unit of the product costs under the terms: the most specific price, in one query.

    Raises NotFound where the product or the partner is absent or invisible, and where no price applies.
    """
    principal = ctx.principal
    own = principal.party_id if principal.party is PartyType.RETAIL_PARTNER else None
    partner = terms.retail_partner_id or own
    rows = prices_under(ctx, [product_id], terms, partner=partner)
    if partner is not None:
        rows = rows.filter(Exists(retail_partners(ctx).filter(pk=partner)))
    row = rows.first()
    if row is not None:
        return price_facts(row)
    found(products(ctx), product_id)
    if partner is not None:
        found(retail_partners(ctx), partner)
    raise NotFound(f"No price of {product_id} in {terms.currency_code} applies under these terms.")


def prices_under(
    ctx: CallContext, product_ids: Sequence[str], terms: PriceTerms, *, partner: str | None
) -> PriceQuerySet:
    """Return the prices of products that apply under the terms, the most specific of each product first.

    A partner's own go before a channel's, a channel's before a region's, those before everybody's; at the same level a
    promotion goes before a regular price, and the larger minimum quantity before the smaller.
    """
    unit = F("product__unit_of_measure") if terms.unit_of_measure is None else Value(terms.unit_of_measure)
    rows = prices(ctx).in_force(terms.at or ctx.now)
    return rows.filter(
        Q(retail_partner=None) | Q(retail_partner_id=partner),
        Q(channel=None) | Q(channel=terms.channel),
        Q(region=None) | Q(region=terms.region),
        product_id__in=product_ids,
        currency_code=terms.currency_code,
        unit_of_measure=unit,
        minimum_quantity__lte=terms.quantity,
    ).order_by(
        "product_id",
        F("retail_partner_id").asc(nulls_last=True),
        F("channel").asc(nulls_last=True),
        F("region").asc(nulls_last=True),
        F("promotion").asc(nulls_last=True),
        "-minimum_quantity",
    )


def price_facts(row: Price) -> PriceFacts:
    """Return a row as facts."""
    return PriceFacts(
        price_id=row.pk,
        product_id=row.product_id,
        price=MoneyFacts(amount=amount_text(row.amount, row.currency_code), currency_code=row.currency_code),
        retail_partner_id=row.retail_partner_id,
        channel=row.channel,
        region=row.region,
        unit_of_measure=row.unit_of_measure,
        minimum_quantity=row.minimum_quantity,
        promotion=row.promotion,
        valid_from=rfc3339(row.valid_from) if row.valid_from else None,
        valid_to=rfc3339(row.valid_to) if row.valid_to else None,
        **common_facts(row),
    )


def order_rules(ctx: CallContext) -> OrderRuleQuerySet:
    """Return the order rules that the caller may see."""
    return OrderRule.objects.visible_to(ctx.principal, ctx.now)


def order_rule(ctx: CallContext, order_rule_id: str) -> OrderRuleFacts:
    """Return one order rule. Raises NotFound where it is absent or invisible."""
    return order_rule_facts(found(order_rules(ctx), order_rule_id))


def order_rules_for(
    ctx: CallContext, supplier_id: str, product_ids: Iterable[str], *, retail_partner_id: str | None
) -> dict[str, BaseOrderRule]:
    """Return, whoever asks, the rule that binds an order of a supplier's products, by product, in one query.

    A retail partner's own goes before everybody's; a product without a rule has no entry.
    """
    rows = OrderRule.objects.filter(
        Q(retail_partner=None) | Q(retail_partner_id=retail_partner_id),
        tenant_id=ctx.tenant_id,
        supplier_id=supplier_id,
        product_id__in=list(product_ids),
        status=OrderRule.ACTIVE,
    ).order_by(F("retail_partner_id").desc(nulls_first=True))
    # The last of a product stays: its partner's own, where there is one.
    return {
        row.product_id: BaseOrderRule(order_rule_id=row.pk, minimum=row.base_minimum, multiple=row.base_multiple)
        for row in rows
    }


def order_rule_facts(row: OrderRule) -> OrderRuleFacts:
    """Return a row as facts."""
    return OrderRuleFacts(
        order_rule_id=row.pk,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        retail_partner_id=row.retail_partner_id,
        minimum_quantity=row.minimum_quantity,
        order_multiple=row.order_multiple,
        unit_of_measure=row.unit_of_measure,
        **common_facts(row),
    )


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


def field_mappings(ctx: CallContext) -> FieldMappingQuerySet:
    """Return the field mappings that the caller may see."""
    return FieldMapping.objects.visible_to(ctx.principal)


def field_mapping(ctx: CallContext, field_mapping_id: str) -> FieldMappingFacts:
    """Return one field mapping. Raises NotFound where it is absent or invisible."""
    return field_mapping_facts(found(field_mappings(ctx), field_mapping_id))


def field_names(row: FieldMapping) -> FieldNames:
    """Return the names that a row maps."""
    return FieldNames(fields=row.fields, attribute_fields=row.attribute_fields)


def field_mapping_facts(row: FieldMapping) -> FieldMappingFacts:
    """Return a row as facts."""
    return FieldMappingFacts(
        field_mapping_id=row.pk,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        resource=row.resource,
        fields=row.fields,
        attribute_fields=row.attribute_fields,
        **common_facts(row),
    )


def packaging(ctx: CallContext, product_id: str) -> QuerySet[Packaging]:
    """Return the packaging of one product. Raises NotFound where the product is absent or invisible."""
    return packaging_of(found(products(ctx), product_id))


def packaging_in_unit(ctx: CallContext, product_id: str, unit_of_measure: str) -> PackagingFacts:
    """Return one packaging. Raises NotFound where it, or its product, is absent or invisible."""
    row = packaging(ctx, product_id).filter(unit_of_measure=unit_of_measure).first()
    if row is None:
        raise NotFound
    return packaging_facts(row)


def packaging_of(product: Product) -> QuerySet[Packaging]:
    """Return the packaging of a product that was read already."""
    return Packaging.objects.filter(tenant_id=product.tenant_id, product_id=product.pk)


def packaging_facts(row: Packaging) -> PackagingFacts:
    """Return a row as facts."""
    return PackagingFacts(
        product_id=row.product_id,
        unit_of_measure=row.unit_of_measure,
        numerator=row.numerator,
        denominator=row.denominator,
        gtin=row.gtin,
        created_at=rfc3339(row.created_at),
    )
