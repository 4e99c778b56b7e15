"""Feeds that contradict each other: by which rule one is believed, and what was not."""

import uuid

from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.inventory.models.stock import StockItem
from apps.suppliers.models import Supplier
from apps.tenancy.models import TenantOwned


class ConflictPolicy(TenantOwned):
    """Which of the feeds that state absolute values is believed, for a supplier's stock or (null) for all other."""

    LAST_WRITE_WINS = "lastWriteWins"
    SOURCE_PRIORITY = "sourcePriority"
    MANUAL_REVIEW = "manualReview"

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(
        Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    policy = models.CharField(max_length=16)
    # Sources, the most trusted first.
    priorities = models.JSONField(default=list)
    version = models.BigIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "conflict policies"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "supplier"], name="one_policy_per_supplier", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id or 'every supplier'}: {self.policy}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, principal: Principal) -> "ReviewQuerySet":
        """Keep what the principal may see: staff all, a supplier those of its stock, a partner those of its item."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(item__supplier_id=principal.party_id, item__retail_partner_id=None)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(item__retail_partner_id=principal.party_id)


class Review(TenantOwned):
    """A stated value that was not booked: overruled by another source, or waiting for a person to decide."""

    OPEN = "open"
    OVERRULED = "overruled"
    APPROVED = "approved"
    REJECTED = "rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.BigIntegerField(default=1)
    item = models.ForeignKey(StockItem, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    warehouse_id = models.CharField(max_length=64, db_collation="C")
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    source = models.CharField(max_length=64, db_collation="C")
    # What the source stated, what the books said, and the difference that would have been booked.
    stated = models.BigIntegerField()
    on_hand = models.BigIntegerField()
    difference = models.BigIntegerField()
    reason = models.CharField(max_length=16)
    status = models.CharField(max_length=16)
    stated_at = models.DateTimeField()
    application_id = models.BigIntegerField()
    party_type = models.CharField(max_length=16)
    party_id = models.CharField(max_length=64)
    reference = models.CharField(max_length=255, null=True)
    # What its approval booked.
    transaction_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="reviews_by_creation"),
            models.Index(fields=["tenant", "id"], name="open_reviews", condition=Q(status="open")),
            models.Index(fields=["tenant", "item"], name="open_reviews_of_an_item", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.stated} ({self.status})"
