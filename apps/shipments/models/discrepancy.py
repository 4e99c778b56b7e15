from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.orders.models import Order
from apps.products.models import Product
from apps.shipments.models.shipment import Shipment
from apps.tenancy.models import MasterData


class DiscrepancyQuerySet(models.QuerySet["Discrepancy"]):
    def visible_to(self, principal: Principal) -> "DiscrepancyQuerySet":
        """Keep what the principal may see: who sees an order sees where its parties differ."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)


class Discrepancy(MasterData):
    """Where what was received is not what was sent: how much of what, and whether the parties have settled it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    STATUSES = (OPEN, ACCEPTED, REJECTED)

    SHORT = "short"
    OVER = "over"
    DAMAGED = "damaged"

    status = models.CharField(max_length=16, default=OPEN, choices=[(each, each) for each in STATUSES])
    attributes = None  # nothing of it is free text but its notes
    kind = models.CharField(max_length=16, choices=[(each, each) for each in (SHORT, OVER, DAMAGED)])
    order = models.ForeignKey(Order, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    shipment = models.ForeignKey(Shipment, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    supplier_id = models.CharField(max_length=64, db_collation="C")
    retail_partner_id = models.CharField(max_length=64, db_collation="C", null=True)
    quantity = models.BigIntegerField()
    # Who says so.
    party_type = models.CharField(max_length=16)
    note = models.CharField(max_length=255, null=True)
    resolution = models.CharField(max_length=255, null=True)
    resolved_at = models.DateTimeField(null=True)

    objects = DiscrepancyQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="discrepancies_by_creation"),
            models.Index(fields=["tenant", "order"], name="discrepancies_of_an_order"),
        ]
        constraints = [models.CheckConstraint(name="discrepancy_is_positive", condition=Q(quantity__gt=0))]

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind} of {self.product_id}"
