import uuid
from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.tenancy.models import Tenant, TenantOwned

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class StockTransactionQuerySet(models.QuerySet["StockTransaction"]):
    def visible_to(self, principal: Principal) -> "StockTransactionQuerySet":
        """Keep what the principal may see: staff all, a supplier its house stock, a retail partner its own item."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id, retail_partner_id=None)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)


class StockTransaction(TenantOwned):
    """One booking on one level: the ledger is the truth, the levels are its sum.

    Append-only in the database itself. It names parties and places by their codes and carries no foreign keys, so
    that it stands by itself; only the stock kernel inserts (`apps/inventory/domain/kernel.sql`). Quantities are in
    base units; the `_after` columns are the level's.
    """

    # Not even to the tenant: every booking would lock the tenant's row, the same one for all that book at a time.
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, db_constraint=False, related_name="+", db_index=False, editable=False
    )
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item_id = models.BigIntegerField()
    item_version = models.BigIntegerField()
    level_id = models.BigIntegerField()
    supplier_id = models.CharField(max_length=64, db_collation="C")
    product_id = models.CharField(max_length=64, db_collation="C")
    retail_partner_id = models.CharField(max_length=64, null=True, db_collation="C")
    warehouse_id = models.CharField(max_length=64, db_collation="C")
    owner_type = models.CharField(max_length=16)
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    type = models.CharField(max_length=16)
    on_hand_change = models.BigIntegerField()
    reserved_change = models.BigIntegerField()
    on_hold_change = models.BigIntegerField()
    on_hand_after = models.BigIntegerField()
    reserved_after = models.BigIntegerField()
    on_hold_after = models.BigIntegerField()
    reservation_id = models.UUIDField(null=True)
    # The retail partner for whom staff took it, or to whom it went: a recall asks for them.
    beneficiary_id = models.CharField(max_length=64, null=True, db_collation="C")
    reference = models.CharField(max_length=255, null=True)
    reason = models.CharField(max_length=255, null=True)
    application_id = models.BigIntegerField()
    party_type = models.CharField(max_length=16)
    party_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    objects = StockTransactionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "supplier_id", "product_id", "id"], name="transactions_of_an_item")]
        constraints = [
            # What every reader of the ledger can represent.
            models.CheckConstraint(name="transaction_is_of_our_era", condition=Q(occurred_at__gte=_EARLIEST)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.on_hand_change:+d} of {self.supplier_id}/{self.product_id}"
