from django.db import models
from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.products.models.product import Product
from apps.retail_partners.models import RetailPartner
from apps.suppliers.models import Supplier
from apps.tenancy.models import MasterData

OWN_CODE_MAX_LENGTH = 64


class SkuMappingQuerySet(models.QuerySet["SkuMapping"]):
    def visible_to(self, principal: Principal) -> "SkuMappingQuerySet":
        """Keep what the principal may see: staff all, a supplier and a retail partner those of its own codes."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)


class SkuMapping(MasterData):
    """What a supplier or a retail partner calls a product, or a packaging of it, in its own books."""

    supplier = models.ForeignKey(
        Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True, related_name="+"
    )
    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True, related_name="+"
    )
    partner_sku = models.CharField(max_length=OWN_CODE_MAX_LENGTH, db_collation="C")
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    # The unit that the code means, where it is not the base unit.
    unit_of_measure = models.CharField(max_length=8, null=True, blank=True)

    objects = SkuMappingQuerySet.as_manager()

    class Meta:
        verbose_name = "SKU mapping"
        indexes = [
            models.Index(fields=["tenant", "product"], name="sku_mappings_of_a_product"),
            models.Index(fields=["tenant", "created_at", "id"], name="sku_mappings_by_creation"),
        ]
        constraints = [
            # A null is no party: each row is in one of the two.
            models.UniqueConstraint(
                fields=["tenant", "supplier", "partner_sku"], name="own_code_is_unique_of_its_supplier"
            ),
            models.UniqueConstraint(
                fields=["tenant", "retail_partner", "partner_sku"], name="own_code_is_unique_of_its_partner"
            ),
            models.CheckConstraint(
                name="own_code_is_of_one_party",
                condition=Q(supplier__isnull=True, retail_partner__isnull=False)
                | Q(supplier__isnull=False, retail_partner__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_sku} of {self.supplier_id or self.retail_partner_id}"
