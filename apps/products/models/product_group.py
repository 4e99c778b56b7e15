from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Q

from apps.core.context import PartyType, Principal
from apps.products.models.product import Product
from apps.tenancy.models import MasterData

MAX_VARIES_BY = 5


class ProductGroupQuerySet(models.QuerySet["ProductGroup"]):
    def visible_to(self, principal: Principal, on: date) -> "ProductGroupQuerySet":
        """Keep what the principal may see on a day.

        Staff and suppliers see all groups, a retail partner those with a product that it sees.
        """
        rows = self.filter(tenant_id=principal.tenant_id)
        if principal.party is not PartyType.RETAIL_PARTNER:
            return rows
        members = Product.objects.visible_to(principal, on).filter(group_id=OuterRef("pk"))
        return rows.filter(Exists(members))


class ProductGroup(MasterData):
    """One thing in several variants: products that differ in the attributes that `varies_by` names.

    A product names its group by `group_id`, a foreign key that the migration adds.
    """

    name = models.CharField(max_length=255)
    description = models.CharField(max_length=4000, null=True, blank=True)
    varies_by = models.JSONField()

    objects = ProductGroupQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "created_at", "id"], name="product_groups_by_creation")]
        constraints = [
            models.CheckConstraint(
                name="product_group_varies_by_something",
                condition=Q(varies_by__0__isnull=False) & Q(**{f"varies_by__{MAX_VARIES_BY}__isnull": True}),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"
