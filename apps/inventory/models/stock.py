import uuid

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
    reorder_threshold = models.BigIntegerField(null=True)
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

    class Meta:
        verbose_name_plural = "batches"
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
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    on_hold = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            # No movement changes when a level expires, so it costs a movement nothing.
            models.Index(
                fields=["tenant", "expires_at"], name="levels_that_expire", condition=Q(expires_at__isnull=False)
            )
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


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def visible_to(self, principal: Principal) -> "ReservationQuerySet":
        """Keep what the principal may see: staff all, a supplier those on its stock, a retail partner its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(item__supplier_id=principal.party_id, item__retail_partner_id=None)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(party_type=PartyType.RETAIL_PARTNER, party_id=principal.party_id)


class Reservation(TenantOwned):
    """Stock held for somebody, for a time or until released. `held` while anything of it is held."""

    HELD = "held"
    RELEASED = "released"
    EXPIRED = "expired"
    COMMITTED = "committed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(StockItem, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    state = models.CharField(max_length=16)
    quantity = models.BigIntegerField()
    remaining = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=255, null=True)
    application_id = models.BigIntegerField()
    party_type = models.CharField(max_length=16)
    party_id = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    objects = ReservationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "item", "expires_at"], name="live_reservations", condition=Q(state="held"))
        ]
        constraints = [
            models.CheckConstraint(
                name="reservation_remaining", condition=Q(remaining__gte=0, remaining__lte=F("quantity"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.quantity} {self.state}"


class ReservationLine(TenantOwned):
    """What a reservation holds of one level."""

    id = models.BigAutoField(primary_key=True)
    reservation = models.ForeignKey(
        Reservation, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines"
    )
    level = models.ForeignKey(StockLevel, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    remaining = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "reservation", "level"], name="one_line_per_level"),
            models.CheckConstraint(name="reservation_line_remaining", condition=Q(remaining__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of level {self.level_id}"
