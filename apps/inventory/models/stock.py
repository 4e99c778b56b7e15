from django.db import models
from django.db.models import F, Q

from apps.core.context import PartyType, Principal
from apps.core.quantities import MAX_LEVEL_QUANTITY
from apps.inventory.models.warehouse import Warehouse
from apps.products.models import Product
from apps.retail_partners.models import RetailPartner
from apps.suppliers.models import Supplier
from apps.tenancy.models import TenantOwned


class StockItem(TenantOwned):
    """One product of one supplier, in the house or with one retail partner: the version and the lock.

    House stock (tenant's and supplier's, told apart by the level's owner) has no retail partner; stock delivered
    into a partner's warehouse is that partner's own item. The totals are the sums of its levels.
    """

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    version = models.BigIntegerField(default=0)
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    on_hold = models.BigIntegerField(default=0)
    # What is under way to it: the sum of its arrivals.
    incoming = models.BigIntegerField(default=0)
    # How many pools share it out; 0 spares every movement the look.
    pools = models.IntegerField(default=0)
    # What orders wait for, the sum of their back-orders; 0 spares every movement the look.
    waiting = models.BigIntegerField(default=0, db_default=0)
    reorder_threshold = models.BigIntegerField(null=True)
    # Thresholds of single warehouses, by code.
    place_thresholds = models.JSONField(default=dict)
    # What was last told of what is available, here and in those warehouses: in, low or out.
    state = models.CharField(max_length=3, null=True)
    place_states = models.JSONField(default=dict)
    attributes = models.JSONField(default=dict)
    leases_expire_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "leases_expire_at"],
                name="items_with_leases",
                condition=Q(leases_expire_at__isnull=False),
            )
        ]
        constraints = [
            # The database's index for finding an item by its codes; NULL stands for the house.
            models.UniqueConstraint(
                fields=["tenant", "supplier", "product", "retail_partner"],
                name="one_item_per_party",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="item_is_not_oversold",
                condition=Q(reserved__gte=0, on_hold__gte=0, on_hand__gte=F("reserved") + F("on_hold")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id}/{self.product_id}"


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, principal: Principal) -> "BatchQuerySet":
        """Keep what the principal may see: staff all, a supplier its house batches, a retail partner its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id, retail_partner_id=None)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)


class Batch(TenantOwned):
    """A batch (GS1 AI 10) of one item; its expiry is fixed by the first receipt that states it.

    A retail partner's batches are its own, as its item is: what it books says nothing about the house's.
    """

    id = models.BigAutoField(primary_key=True)
    supplier = models.ForeignKey(Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    number = models.CharField(max_length=64, db_collation="C")
    expires_at = models.DateTimeField(null=True)
    # Held: none of it is offered or picked, wherever it lies.
    held = models.BooleanField(default=False)
    hold_reason = models.CharField(max_length=255, null=True)
    held_at = models.DateTimeField(null=True)
    # When it was told that it will expire soon, and that it has expired.
    expiring_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["tenant", "number", "id"], name="batches_by_number"),
            models.Index(
                fields=["tenant", "expires_at"],
                name="batches_to_expire",
                condition=Q(expires_at__isnull=False, expired_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "supplier", "product", "number", "retail_partner"],
                name="one_batch_per_number",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.number


class StockLevel(TenantOwned):
    """What of an item lies in one warehouse, of one owner and one batch. Written by the stock kernel alone."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(StockItem, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="levels")
    warehouse = models.ForeignKey(Warehouse, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    owner_type = models.CharField(max_length=16, choices=[(party.value, party.value) for party in PartyType])
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    expires_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    on_hold = models.BigIntegerField(default=0)
    # The last absolute value that was believed: as of when, and which feed's (null: a person's).
    set_at = models.DateTimeField(null=True)
    set_by = models.CharField(max_length=64, null=True, db_collation="C")

    class Meta:
        indexes = [
            # No movement changes when a level expires, so it costs a movement nothing.
            models.Index(
                fields=["tenant", "expires_at"], name="levels_that_expire", condition=Q(expires_at__isnull=False)
            ),
            models.Index(fields=["tenant", "warehouse"], name="levels_of_a_warehouse"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item", "warehouse", "owner_type", "batch_number"],
                name="one_level_per_place",
                nulls_distinct=False,
            ),
            # The second lock behind the kernel's guards: not even a faulty statement oversells.
            models.CheckConstraint(
                name="level_is_not_oversold",
                condition=Q(reserved__gte=0, on_hold__gte=0, on_hand__gte=F("reserved") + F("on_hold")),
            ),
            models.CheckConstraint(name="level_is_bounded", condition=Q(on_hand__lte=MAX_LEVEL_QUANTITY)),
        ]

    def __str__(self) -> str:
        return f"{self.warehouse_id} {self.batch_number or ''}".strip()
