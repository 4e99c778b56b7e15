from django.db import models

from apps.core.context import PartyType, Principal
from apps.tenancy.models import MasterData


class SupplierQuerySet(models.QuerySet["Supplier"]):
    def visible_to(self, principal: Principal) -> "SupplierQuerySet":
        """Keep what the principal may see: staff all, a supplier itself, a retail partner none."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(pk=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.none()


class Supplier(MasterData):
    """A party that supplies stock."""

    FIRST_COME = "firstCome"
    PRIORITY = "priority"
    PRO_RATA = "proRata"

    name = models.CharField(max_length=255)
    gln = models.CharField(max_length=13, null=True, blank=True)
    contact = models.JSONField(null=True, blank=True)
    lead_time_days = models.IntegerField(null=True, blank=True)
    # In which order back-orders are filled when stock of its products comes in.
    backorder_policy = models.CharField(
        max_length=16,
        default=FIRST_COME,
        db_default=FIRST_COME,
        choices=[(each, each) for each in (FIRST_COME, PRIORITY, PRO_RATA)],
    )

    objects = SupplierQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"
