from django.db import models
from django.db.models import F, Q

from apps.core.context import PartyType, Principal
from apps.core.ids import CODE_MAX_LENGTH
from apps.inventory.models.sent_batch import SentBatch
from apps.inventory.models.warehouse import Warehouse
from apps.products.models import Product
from apps.suppliers.models import Supplier
from apps.tenancy.models import MasterData, TenantOwned


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, principal: Principal) -> "TransferQuerySet":
        """Keep what the principal may see.

        Staff see all; a supplier those of house stock that are wholly its own; a retail partner those that lead into
        its warehouses or out of them.
        """
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id, from_partner_id=None)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(Q(from_partner_id=principal.party_id) | Q(to_partner_id=principal.party_id))

    def with_items(self, tenant_id: int) -> "TransferQuerySet":
        """Have what each transfer moves read with it, in its order."""
        lines = TransferLine.objects.filter(tenant_id=tenant_id).order_by("position")
        parcels = TransferParcel.objects.filter(tenant_id=tenant_id).order_by(
            F("expires_at").asc(nulls_last=True), "id"
        )
        return self.prefetch_related(
            models.Prefetch("lines", queryset=lines), models.Prefetch("lines__parcels", queryset=parcels)
        )


class Transfer(MasterData):
    """Stock that is moved from one warehouse to another in two steps: it leaves, is under way, and arrives.

    Whose stock lies at either end follows from the warehouses, whose owners never change.
    """

    PLANNED = "planned"
    IN_TRANSIT = "inTransit"
    RECEIVED = "received"
    CANCELLED = "cancelled"

    status = models.CharField(
        max_length=16, default=PLANNED, choices=[(each, each) for each in (PLANNED, IN_TRANSIT, RECEIVED, CANCELLED)]
    )
    attributes = None  # nothing of a transfer is free text but its reference
    from_warehouse = models.ForeignKey(
        Warehouse, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    to_warehouse = models.ForeignKey(
        Warehouse, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    # The retail partner that owns the warehouse at that end; null is the house.
    from_partner_id = models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C", null=True)
    to_partner_id = models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C", null=True)
    # Whose stock all of it is; null where it is several suppliers'.
    supplier_id = models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C", null=True)
    reference = models.CharField(max_length=255, null=True)
    expected_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="transfers_by_creation"),
            models.Index(fields=["tenant", "supplier_id", "created_at"], name="transfers_of_a_supplier"),
            models.Index(fields=["tenant", "from_warehouse", "created_at"], name="transfers_from"),
            models.Index(fields=["tenant", "to_warehouse", "created_at"], name="transfers_to"),
        ]
        constraints = [
            models.CheckConstraint(name="transfer_leads_elsewhere", condition=~Q(from_warehouse=F("to_warehouse"))),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class TransferLine(TenantOwned):
    """One line of the plan: how much of what, of which batch if that matters."""

    id = models.BigAutoField(primary_key=True)
    transfer = models.ForeignKey(Transfer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines")
    position = models.IntegerField()
    supplier = models.ForeignKey(Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    planned = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "transfer", "position"], name="one_transfer_line_per_position"),
            models.CheckConstraint(name="transfer_line_is_positive", condition=Q(planned__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.planned} of {self.supplier_id}/{self.product_id}"


class TransferParcel(SentBatch):
    """What a line sent of one batch, and what became of it; `returned` went back."""

    line = models.ForeignKey(
        TransferLine, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="parcels"
    )
    returned = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "line", "batch_number"], name="one_parcel_per_batch", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="parcel_is_not_lost",
                condition=Q(shipped__gte=0, received__gte=0, damaged__gte=0, over__gte=0, short__gte=0, returned__gte=0)
                & Q(shipped__gte=F("received") + F("damaged") - F("over") + F("short") + F("returned")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shipped} of batch {self.batch_number}"

    @property
    def in_transit(self) -> int:
        """What is still under way: neither there nor back."""
        return super().in_transit - self.returned
