from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.inventory.models import Warehouse
from apps.orders.models.order import Order
from apps.products.models import Product
from apps.tenancy.models import MasterData, TenantOwned


class OrderReturnQuerySet(models.QuerySet["OrderReturn"]):
    def visible_to(self, principal: Principal) -> "OrderReturnQuerySet":
        """Keep what the principal may see: who sees an order sees what came back of it."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)

    def with_lines(self, tenant_id: int) -> "OrderReturnQuerySet":
        """Have the lines of each return read with it, in their order."""
        lines = OrderReturnLine.objects.filter(tenant_id=tenant_id).order_by("position")
        return self.prefetch_related(models.Prefetch("lines", queryset=lines))


class OrderReturn(MasterData):
    """What came back of an order, or was claimed under warranty. It is written once."""

    RETURN = "return"
    WARRANTY = "warrantyClaim"

    status = models.CharField(max_length=16, default="received", choices=[("received", "received")])
    attributes = None  # nothing of a return is free text but its lines' reasons
    type = models.CharField(max_length=16, choices=[(RETURN, RETURN), (WARRANTY, WARRANTY)])
    order = models.ForeignKey(Order, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    # The order's, so that a list asks one table.
    supplier_id = models.CharField(max_length=64, db_collation="C")
    retail_partner_id = models.CharField(max_length=64, db_collation="C", null=True)
    warehouse = models.ForeignKey(Warehouse, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    reference = models.CharField(max_length=255, null=True)

    objects = OrderReturnQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="returns_by_creation"),
            models.Index(fields=["tenant", "order"], name="returns_of_an_order"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} of {self.order_id}"


class OrderReturnLine(TenantOwned):
    """What came back of one product, why, in which condition, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    order_return = models.ForeignKey(
        OrderReturn, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines"
    )
    position = models.IntegerField()
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    quantity = models.BigIntegerField()
    reason = models.CharField(max_length=255)
    condition = models.CharField(max_length=32)
    disposition = models.CharField(max_length=16)
    # Whether it left the partner's own item.
    taken_from_partner = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order_return", "position"], name="one_return_line_per_position"),
            models.CheckConstraint(name="return_line_is_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"
