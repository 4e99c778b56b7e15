"""What is expected of an item, and how it is shared out."""

import uuid
from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Q

from apps.core.context import PartyType, Principal
from apps.inventory.models.stock import StockItem
from apps.retail_partners.models import RetailPartner, SupplyAgreement
from apps.tenancy.models import TenantOwned


class Arrival(TenantOwned):
    """What is under way to an item from one source. Written by the stock kernel alone.

    The source is where the transfer or shipment is to be read: `/v1/transfers/TRF1`.
    """

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(StockItem, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="arrivals")
    source = models.CharField(max_length=96, db_collation="C")
    quantity = models.BigIntegerField()
    expected_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "item", "source"], name="one_arrival_per_source"),
            models.CheckConstraint(name="arrival_is_not_negative", condition=Q(quantity__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} from {self.source}"


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def visible_to(self, principal: Principal, on: date) -> "AllocationQuerySet":
        """Keep what the principal may see on a day.

        Staff see all, a supplier those of its items, a retail partner its own and its channel's of what an agreement
        shares with it.
        """
        rows = self.filter(tenant_id=principal.tenant_id, item__tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(item__supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                me = RetailPartner.objects.filter(tenant_id=principal.tenant_id, pk=principal.party_id)
                agreements = (
                    SupplyAgreement.objects.visible_to(principal)
                    .in_force(on)
                    .filter(supplier_id=OuterRef("item__supplier_id"))
                    .filter(Q(product_id=None) | Q(product_id=OuterRef("item__product_id")))
                )
                own = Q(retail_partner_id=principal.party_id) | Q(channel__in=me.values("channel"))
                return rows.filter(own, Exists(agreements))


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

    objects = AllocationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "created_at", "id"], name="allocations_by_creation")]
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
