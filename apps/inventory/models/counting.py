"""Stock counts: sessions of one warehouse whose differences are looked at before they are booked."""

from django.db import models
from django.db.models import Q

from apps.core.context import Principal
from apps.core.ids import CODE_MAX_LENGTH
from apps.inventory.models.warehouse import Warehouse
from apps.products.models import Product
from apps.retail_partners.models import RetailPartner
from apps.suppliers.models import Supplier
from apps.tenancy.models import TenantOwned


class CountQuerySet(models.QuerySet["Count"]):
    def visible_to(self, principal: Principal) -> "CountQuerySet":
        """Keep what the principal may see: staff all, every other party those that it opened."""
        rows = self.filter(tenant_id=principal.tenant_id)
        return rows if principal.is_staff else rows.filter(party_type=principal.party, party_id=principal.party_id)


class Count(TenantOwned):
    """A stock count of one warehouse, by the party that opened it. Its code is its identity, as that of master data."""

    OPEN = "open"
    APPROVED = "approved"
    CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=CODE_MAX_LENGTH, db_collation="C", editable=False)
    warehouse = models.ForeignKey(Warehouse, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    reference = models.CharField(max_length=255, null=True)
    status = models.CharField(max_length=16, default=OPEN)
    party_type = models.CharField(max_length=16)
    party_id = models.CharField(max_length=64)
    # What the warehouse held and nobody had counted when the count was approved: {number, levels}.
    uncounted = models.JSONField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = CountQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "created_at", "id"], name="counts_by_creation")]

    def __str__(self) -> str:
        return f"{self.pk} ({self.status})"


class CountLine(TenantOwned):
    """What somebody counted of one level; a null batch is the stock without one.

    When its count is approved, it keeps what the books had said as of `counted_at` and what was booked.
    """

    id = models.BigAutoField(primary_key=True)
    count = models.ForeignKey(Count, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines")
    supplier = models.ForeignKey(Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    quantity = models.BigIntegerField()
    counted_at = models.DateTimeField()
    expected = models.BigIntegerField(null=True)
    moved_since = models.BigIntegerField(null=True)
    superseded = models.BooleanField(null=True)
    displaced = models.BigIntegerField(null=True)
    transaction_id = models.UUIDField(null=True, default=None)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "count", "supplier", "product", "retail_partner", "batch_number"],
                name="one_count_line_per_level",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="counted_is_not_negative", condition=Q(quantity__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.supplier_id}/{self.product_id}"
