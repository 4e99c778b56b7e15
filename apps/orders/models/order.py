from django.db import models
from django.db.models import F, Q

from apps.core.context import PartyType, Principal
from apps.inventory.models import Warehouse
from apps.products.models import Product
from apps.retail_partners.models import RetailPartner
from apps.suppliers.models import Supplier
from apps.tenancy.models import MasterData, TenantOwned


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, principal: Principal) -> "OrderQuerySet":
        """Keep what the principal may see: staff all, a supplier those placed with it, a retail partner its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)

    def with_lines(self, tenant_id: int) -> "OrderQuerySet":
        """Have the lines of each order read with it, in their order."""
        lines = OrderLine.objects.filter(tenant_id=tenant_id).order_by("position")
        return self.prefetch_related(models.Prefetch("lines", queryset=lines))


class Order(MasterData):
    """What a retail partner wants of a supplier, or what was sold on a platform.

    What is held for it, and what it waits for, its reservation says: stock keeps that, and nobody writes it twice.
    """

    PLACED = "placed"
    CONFIRMED = "confirmed"
    PARTLY_SHIPPED = "partlyShipped"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CANCELLED = "cancelled"
    STATUSES = (PLACED, CONFIRMED, PARTLY_SHIPPED, SHIPPED, RECEIVED, CANCELLED)

    REPLENISHMENT = "replenishment"
    PURCHASE = "purchase"
    SALE = "sale"

    status = models.CharField(max_length=16, default=PLACED, choices=[(each, each) for each in STATUSES])
    type = models.CharField(max_length=16, choices=[(each, each) for each in (REPLENISHMENT, PURCHASE, SALE)])
    supplier = models.ForeignKey(Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    # Who ordered, or sold it; null where the house sold it itself.
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    # Where a sale was made, and its number there.
    platform = models.CharField(max_length=64, null=True, db_collation="C")
    platform_order_number = models.CharField(max_length=255, null=True, db_collation="C")
    payment_status = models.CharField(max_length=32, null=True)
    reference = models.CharField(max_length=255, null=True)
    # Who waits with a higher one is served first where the supplier's policy says so.
    priority = models.SmallIntegerField(default=0)
    delivery_address = models.JSONField(null=True)
    delivery_warehouse = models.ForeignKey(
        Warehouse, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    requested_on = models.DateField(null=True)
    reservation_id = models.UUIDField()
    cancel_reason = models.CharField(max_length=255, null=True)
    confirmed_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="orders_by_creation"),
            models.Index(fields=["tenant", "supplier", "created_at"], name="orders_of_a_supplier"),
            models.Index(fields=["tenant", "retail_partner", "created_at"], name="orders_of_a_partner"),
        ]
        constraints = [
            models.UniqueConstraint(
                # A platform counts for each shop, and a basket may hold the goods of several suppliers.
                fields=["tenant", "platform", "platform_order_number", "supplier", "retail_partner"],
                name="one_order_per_platform_number",
                nulls_distinct=False,
                condition=Q(platform_order_number__isnull=False),
            ),
            models.CheckConstraint(
                name="only_sales_are_the_houses_own", condition=Q(retail_partner__isnull=False) | Q(type="sale")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class OrderLine(TenantOwned):
    """One product of an order. Quantities in base units.

    Of `quantity`, which was ordered, `cancelled` is given up and `shipped` has left; the rest is open: held, or waited
    for. `received` (of it `damaged`) is the receiver's word, `returned` came back.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines")
    position = models.IntegerField()
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    quantity = models.BigIntegerField()
    # As it was ordered: so many of a unit.
    unit = models.CharField(max_length=8)
    unit_quantity = models.BigIntegerField()
    backorder = models.BooleanField(default=False)
    price_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    price_currency = models.CharField(max_length=3, null=True)
    # [{deliverOn, quantity}], in base units: when how much of it is wanted.
    schedule = models.JSONField(default=list)
    promised_on = models.DateField(null=True)
    confirmed = models.BigIntegerField(null=True)
    cancelled = models.BigIntegerField(default=0)
    shipped = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    damaged = models.BigIntegerField(default=0)
    short = models.BigIntegerField(default=0)
    over = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "position"], name="one_order_line_per_position"),
            models.UniqueConstraint(fields=["tenant", "order", "product"], name="one_order_line_per_product"),
            models.CheckConstraint(
                name="order_line_adds_up",
                condition=Q(quantity__gt=0, cancelled__gte=0, shipped__gte=0, returned__gte=0)
                & Q(quantity__gte=F("cancelled") + F("shipped"))
                & Q(shipped__gte=F("returned")),
            ),
            models.CheckConstraint(
                name="what_is_received_was_shipped_or_is_over",
                condition=Q(received__gte=0, damaged__gte=0, short__gte=0, over__gte=0)
                & Q(shipped__gte=F("received") + F("damaged") + F("short") - F("over")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"

    @property
    def open(self) -> int:
        """What is still to be shipped."""
        return self.quantity - self.cancelled - self.shipped

    @property
    def under_way(self) -> int:
        """What has left and was neither received nor given up."""
        return self.shipped + self.over - self.received - self.damaged - self.short
