from datetime import datetime

from django.db import models
from django.db.models import F, Q

from apps.core.context import PartyType, Principal
from apps.core.money import MAX_DIGITS, MAX_PLACES
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.products.models.product import Product
from apps.retail_partners.models import RetailPartner
from apps.tenancy.models import MasterData


class PriceQuerySet(models.QuerySet["Price"]):
    def visible_to(self, principal: Principal, now: datetime) -> "PriceQuerySet":
        """Keep what the principal may see.

        Staff see all. A supplier sees prices that are no partner's; a retail partner its own and those that are
        nobody's, of the products that it sees.
        """
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(retail_partner=None)
            case PartyType.RETAIL_PARTNER:
                seen = Product.objects.visible_to(principal, now.date())
                own = Q(retail_partner=None) | Q(retail_partner_id=principal.party_id)
                return rows.filter(own, product_id__in=seen.values("pk"))

    def in_force(self, at: datetime) -> "PriceQuerySet":
        """Keep the active ones whose window, without its end, holds the moment."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=at),
            Q(valid_to=None) | Q(valid_to__gt=at),
            status=Price.ACTIVE,
        )


class Price(MasterData):
    """What one unit of a product costs: for one retail partner, in a channel or a region, or (null) for all.

    Two active prices that differ in nothing but the amount never overlap in time: the database's exclusion constraint
    `price_windows_do_not_overlap` (migration 0010) refuses the second.
    """

    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True, related_name="+"
    )
    channel = models.CharField(max_length=255, null=True, blank=True)
    region = models.CharField(max_length=64, null=True, blank=True)
    amount = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=MAX_PLACES)
    currency_code = models.CharField(max_length=3)
    unit_of_measure = models.CharField(max_length=8)
    minimum_quantity = models.BigIntegerField()
    # The promotion's name; null for a regular price.
    promotion = models.CharField(max_length=255, null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = PriceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "product", "currency_code"], name="prices_of_a_product"),
            models.Index(fields=["tenant", "retail_partner"], name="prices_of_a_partner"),
            models.Index(fields=["tenant", "created_at", "id"], name="prices_by_creation"),
        ]
        constraints = [
            models.CheckConstraint(name="price_ends_after_it_begins", condition=Q(valid_to__gt=F("valid_from"))),
            models.CheckConstraint(name="price_is_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="price_minimum_is_a_quantity", condition=Q(minimum_quantity__range=(1, MAX_LINE_QUANTITY))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.product_id} {self.amount} {self.currency_code}"
