from django.db import models
from django.db.models import F, Q

from apps.core.context import PartyType, Principal
from apps.inventory.models import SentBatch, Warehouse
from apps.orders.models import Order
from apps.products.models import Product
from apps.tenancy.models import MasterData, TenantOwned


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def visible_to(self, principal: Principal) -> "ShipmentQuerySet":
        """Keep what the principal may see: who sees an order sees its shipments."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)

    def with_contents(self, tenant_id: int) -> "ShipmentQuerySet":
        """Have what each shipment holds read with it, in its order."""
        packages = Package.objects.filter(tenant_id=tenant_id).order_by("position")
        items = PackedItem.objects.filter(tenant_id=tenant_id).order_by("position")
        parcels = Parcel.objects.filter(tenant_id=tenant_id).order_by(F("expires_at").asc(nulls_last=True), "id")
        return self.prefetch_related(
            models.Prefetch("packages", queryset=packages),
            models.Prefetch("packages__items", queryset=items),
            models.Prefetch("parcels", queryset=parcels),
        )


class Shipment(MasterData):
    """What leaves for an order together: packed, dispatched, delivered."""

    CREATED = "created"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    STATUSES = (CREATED, DISPATCHED, DELIVERED, CANCELLED)

    status = models.CharField(max_length=16, default=CREATED, choices=[(each, each) for each in STATUSES])
    order = models.ForeignKey(Order, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    # The order's, so that a list asks one table.
    supplier_id = models.CharField(max_length=64, db_collation="C")
    retail_partner_id = models.CharField(max_length=64, db_collation="C", null=True)
    delivery_warehouse_id = models.CharField(max_length=64, db_collation="C", null=True)
    # Where it is picked; null: wherever the order's stock is held.
    from_warehouse = models.ForeignKey(
        Warehouse, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    carrier = models.CharField(max_length=255, null=True)
    tracking_number = models.CharField(max_length=255, null=True)
    expected_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="shipments_by_creation"),
            models.Index(fields=["tenant", "order", "created_at"], name="shipments_of_an_order"),
            models.Index(fields=["tenant", "supplier_id", "created_at"], name="shipments_of_a_supplier"),
            models.Index(fields=["tenant", "retail_partner_id", "created_at"], name="shipments_to_a_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class Package(TenantOwned):
    """One box or pallet of a shipment, by its GS1 serial shipping container code where it has one."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(
        Shipment, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="packages"
    )
    position = models.IntegerField()
    sscc = models.CharField(max_length=18, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "shipment", "position"], name="one_package_per_position"),
            models.UniqueConstraint(fields=["tenant", "sscc"], name="one_package_per_sscc"),
        ]

    def __str__(self) -> str:
        return self.sscc or f"package {self.position}"


class PackedItem(TenantOwned):
    """What is packed of a product, in base units; the batch where one was picked."""

    id = models.BigAutoField(primary_key=True)
    package = models.ForeignKey(Package, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="items")
    position = models.IntegerField()
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    quantity = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "package", "position"], name="one_packed_item_per_position"),
            models.CheckConstraint(name="packed_item_is_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class Parcel(SentBatch):
    """What a shipment brought of one batch of a product, and what became of it."""

    shipment = models.ForeignKey(
        Shipment, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="parcels"
    )
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "shipment", "product", "batch_number"],
                name="one_parcel_per_product_and_batch",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="shipped_parcel_is_not_lost",
                condition=Q(shipped__gte=0, received__gte=0, damaged__gte=0, over__gte=0, short__gte=0)
                & Q(shipped__gte=F("received") + F("damaged") - F("over") + F("short")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shipped} of {self.product_id}"
