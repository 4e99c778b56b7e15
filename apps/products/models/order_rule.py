from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.products.models.product import Product
from apps.retail_partners.models import RetailPartner
from apps.suppliers.models import Supplier
from apps.tenancy.models import MasterData


class OrderRuleQuerySet(models.QuerySet["OrderRule"]):
    def visible_to(self, principal: Principal, now: datetime) -> "OrderRuleQuerySet":
        """Keep what the principal may see.

        Staff see all, a supplier those of its own goods; a retail partner its own and those that are nobody's, of the
        products that it sees.
        """
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                seen = Product.objects.visible_to(principal, now.date())
                own = Q(retail_partner=None) | Q(retail_partner_id=principal.party_id)
                return rows.filter(own, product_id__in=seen.values("pk"))


class OrderRule(MasterData):
    """Which quantities of a supplier's product may be ordered: by one retail partner, or (null) by everybody.

    What was said counts `unit_of_measure`. The same in base units stands beside it, because a factor never changes, so
    that a rule needs no packaging to be followed.
    """

    supplier = models.ForeignKey(Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True, related_name="+"
    )
    unit_of_measure = models.CharField(max_length=8)
    minimum_quantity = models.BigIntegerField(null=True, blank=True)
    order_multiple = models.BigIntegerField(null=True, blank=True)
    base_minimum = models.BigIntegerField(editable=False)
    base_multiple = models.BigIntegerField(editable=False)

    objects = OrderRuleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "created_at", "id"], name="order_rules_by_creation")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "supplier", "product", "retail_partner"],
                nulls_distinct=False,
                name="order_rule_is_the_only_one",
            ),
            models.CheckConstraint(
                name="order_rule_counts_base_units",
                condition=Q(base_minimum__range=(1, MAX_LINE_QUANTITY), base_multiple__range=(1, MAX_LINE_QUANTITY)),
            ),
            models.CheckConstraint(
                name="order_rule_says_something",
                condition=Q(minimum_quantity__isnull=False) | Q(order_multiple__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.product_id} of {self.supplier_id}"
