from django.db import models

from apps.core.context import PartyType, Principal
from apps.tenancy.models import MasterData


class RetailPartnerQuerySet(models.QuerySet["RetailPartner"]):
    def visible_to(self, principal: Principal) -> "RetailPartnerQuerySet":
        """Keep what the principal may see: staff all, a retail partner itself, a supplier none."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.none()
            case PartyType.RETAIL_PARTNER:
                return rows.filter(pk=principal.party_id)


class RetailPartner(MasterData):
    """A party that sells to consumers."""

    name = models.CharField(max_length=255)
    gln = models.CharField(max_length=13, null=True, blank=True)
    contact = models.JSONField(null=True, blank=True)
    channel = models.CharField(max_length=255, null=True, blank=True)

    objects = RetailPartnerQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"
