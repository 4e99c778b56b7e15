"""What is expected of an item, and how it is shared out."""

import uuid

from django.db import models
from django.db.models import Q

from apps.inventory.models.stock import StockItem
from apps.retail_partners.models import RetailPartner
from apps.tenancy.models import TenantOwned


class Arrival(TenantOwned):
    """What is under way to an item from one source (a transfer, a shipment). Written by the stock kernel alone."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(StockItem, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="arrivals")
    source = models.CharField(max_length=64, db_collation="C")
    quantity = models.BigIntegerField()
    expected_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "item", "source"], name="one_arrival_per_source"),
            models.CheckConstraint(name="arrival_is_not_negative", condition=Q(quantity__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} from {self.source}"


class Allocation(TenantOwned):
    """A pool: a share of a house item that is guaranteed to a retail partner or to a channel.

    `sold` is what has left the house out of it; what reservations hold of it counts too. While it may be borrowed,
    its open part is anybody's. Written by the stock kernel alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(StockItem, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    channel = models.CharField(max_length=255, null=True)
    quantity = models.BigIntegerField()
    sold = models.BigIntegerField(default=0)
    borrowable_until = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item", "retail_partner", "channel"],
                name="one_pool_per_share",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="pool_is_somebodys", condition=Q(retail_partner__isnull=False) ^ Q(channel__isnull=False)
            ),
            models.CheckConstraint(name="pool_is_not_negative", condition=Q(quantity__gte=0, sold__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.retail_partner_id or self.channel}"
