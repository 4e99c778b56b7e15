from collections.abc import Sequence

from django.db.models import Exists, F, Q, Value
from django.db.models.lookups import IsNull

from apps.core.context import CallContext, PartyType
from apps.core.errors import NotFound
from apps.core.money import amount_text
from apps.core.times import rfc3339
from apps.products.models import (
    Price,
)
from apps.products.models.price import PriceQuerySet
from apps.products.queries.products import products
from apps.products.types import (
    MoneyFacts,
    PriceFacts,
    PriceTerms,
)
from apps.retail_partners.queries import retail_partners
from apps.tenancy.queries import common_facts, found


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
        IsNull(F("promotion"), True),
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
