import uuid

from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.tenancy.models import TenantOwned


class ParkedMovementQuerySet(models.QuerySet["ParkedMovement"]):
    def visible_to(self, principal: Principal) -> "ParkedMovementQuerySet":
        """Keep what the principal may see: staff all, a party what its own clients posted."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER | PartyType.RETAIL_PARTNER:
                return rows.filter(party_type=principal.party, party_id=principal.party_id)


class ParkedMovement(TenantOwned):
    """A movement that names its product by a code of the caller's own which stands for nothing yet.

    It is booked, as the caller who posted it and as of then, once the code is mapped: in the transaction that notes it
    here, so once. Nothing refers to it, and it refers to nothing but by codes: whatever it names may be gone by then.
    """

    PARKED = "parked"
    BOOKED = "booked"
    REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.BigIntegerField(default=1)
    status = models.CharField(max_length=16, default=PARKED)
    application_id = models.BigIntegerField()
    party_type = models.CharField(max_length=16)
    party_id = models.CharField(max_length=64, db_collation="C")
    partner_sku = models.CharField(max_length=64, db_collation="C")
    # The movement as the command took it, without the product.
    movement = models.JSONField()
    request_id = models.CharField(max_length=64)
    # What became of it: what was booked, or the refusal.
    product_id = models.CharField(max_length=64, null=True, db_collation="C")
    transaction_ids = models.JSONField(default=list)
    review_id = models.UUIDField(null=True)
    problem = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ParkedMovementQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="parked_by_creation"),
            models.Index(
                fields=["tenant", "party_type", "party_id", "partner_sku"],
                name="parked_by_code",
                condition=Q(status="parked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_sku} of {self.party_id} ({self.status})"
