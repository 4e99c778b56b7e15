from datetime import date

from apps.core.context import CallContext, Principal
from apps.retail_partners.models import RetailPartner, SupplyAgreement
from apps.retail_partners.models.retail_partner import RetailPartnerQuerySet
from apps.retail_partners.models.supply_agreement import SupplyAgreementQuerySet
from apps.retail_partners.types import RetailPartnerFacts, SupplyAgreementFacts
from apps.tenancy.queries import common_facts, found


def retail_partners(ctx: CallContext) -> RetailPartnerQuerySet:
    """Return the retail partners that the caller may see."""
    return RetailPartner.objects.visible_to(ctx.principal)


def retail_partner(ctx: CallContext, retail_partner_id: str) -> RetailPartnerFacts:
    """Return one retail partner. Raises NotFound where it is absent or invisible."""
    return retail_partner_facts(found(retail_partners(ctx), retail_partner_id))


def retail_partner_facts(row: RetailPartner) -> RetailPartnerFacts:
    """Return a row as facts."""
    return RetailPartnerFacts(
        retail_partner_id=row.pk,
        name=row.name,
        gln=row.gln,
        contact=row.contact,
        channel=row.channel,
        **common_facts(row),
    )


def supply_agreements(ctx: CallContext) -> SupplyAgreementQuerySet:
    """Return the agreements that the caller may see, in force or not."""
    return SupplyAgreement.objects.visible_to(ctx.principal)


def supply_agreement(ctx: CallContext, agreement_id: str) -> SupplyAgreementFacts:
    """Return one agreement. Raises NotFound where it is absent or invisible."""
    return supply_agreement_facts(found(supply_agreements(ctx), agreement_id))


def supply_agreement_facts(row: SupplyAgreement) -> SupplyAgreementFacts:
    """Return a row as facts."""
    return SupplyAgreementFacts(
        agreement_id=row.pk,
        retail_partner_id=row.retail_partner_id,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        valid_from=row.valid_from.isoformat() if row.valid_from else None,
        valid_to=row.valid_to.isoformat() if row.valid_to else None,
        minimum_shelf_life_days=row.minimum_shelf_life_days,
        **common_facts(row),
    )


def agreed_products(principal: Principal, today: date) -> SupplyAgreementQuerySet:
    """Return the agreements in force that the principal is a party to (staff: all), one row for each.

    A row without `product_id` covers every product of the tenant. Several rows may name one product: use them in
    `IN (…)`, or join with DISTINCT.
    """
    return SupplyAgreement.objects.visible_to(principal).in_force(today)


def agreements_in_force(tenant_id: int, retail_partner_id: str, on: date) -> SupplyAgreementQuerySet:
    """Return a retail partner's agreements in force on a day, whoever asks: for joins of the apps above."""
    return SupplyAgreement.objects.filter(tenant_id=tenant_id, retail_partner_id=retail_partner_id).in_force(on)
