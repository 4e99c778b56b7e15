from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.retail_partners.models import RetailPartner
from apps.suppliers.models import Supplier
from apps.tenancy.models import MasterData


class FieldMappingQuerySet(models.QuerySet["FieldMapping"]):
    def visible_to(self, principal: Principal) -> "FieldMappingQuerySet":
        """Keep what the principal may see: staff all, a supplier and a retail partner its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)


class FieldMapping(MasterData):
    """What a supplier or a retail partner calls the members of a product or of an inventory item."""

    supplier = models.ForeignKey(
        Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True, related_name="+"
    )
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True, related_name="+"
    )
    resource = models.CharField(max_length=16)
    # Our name to theirs; of attributes, which become members of their own.
    fields = models.JSONField(default=dict)
    attribute_fields = models.JSONField(default=dict)

    objects = FieldMappingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "created_at", "id"], name="field_mappings_by_creation")]
        constraints = [
            # A null is no party: each row is in one of the two.
            models.UniqueConstraint(
                fields=["tenant", "supplier", "resource"], name="fields_are_mapped_once_for_a_supplier"
            ),
            models.UniqueConstraint(
                fields=["tenant", "retail_partner", "resource"], name="fields_are_mapped_once_for_a_partner"
            ),
            models.CheckConstraint(
                name="fields_are_of_one_party",
                condition=Q(supplier__isnull=True, retail_partner__isnull=False)
                | Q(supplier__isnull=False, retail_partner__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} of {self.supplier_id or self.retail_partner_id}"
