from datetime import date

from django.db import models
from django.db.models import Exists, Q

from apps.core.context import PartyType, Principal
from apps.core.ids import CODE_MAX_LENGTH
from apps.retail_partners.models import SupplyAgreement
from apps.suppliers.models import Supplier
from apps.tenancy.models import MasterData


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, principal: Principal, on: date) -> "ProductQuerySet":
        """Keep what the principal may see on a day.

        The catalogue is the brand's: staff and suppliers see all of it. A retail partner sees what an agreement in
        force that day covers; one without a product covers every product of the tenant.
        """
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT | PartyType.SUPPLIER:
                return rows
            case PartyType.RETAIL_PARTNER:
                agreements = SupplyAgreement.objects.visible_to(principal).in_force(on)
                named = agreements.filter(product_id__isnull=False).values("product_id")
                return rows.filter(Exists(agreements.filter(product_id=None)) | Q(pk__in=named))


class Product(MasterData):
    """What is stocked and sold. Quantities everywhere count its `unit_of_measure`."""

    sku = models.CharField(max_length=64, db_collation="C")
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=4000, null=True, blank=True)
    # 14 digits, whatever form the caller used.
    gtin = models.CharField(max_length=14, null=True, blank=True)
    unit_of_measure = models.CharField(max_length=8, default="EA")
    group_id = models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C", null=True, blank=True)
    # What the product is among its group's members (domain/variants.py); null for what is in no group.
    variant_key = models.CharField(max_length=64, db_collation="C", null=True, editable=False)
    images = models.JSONField(default=list, blank=True)
    # Members as /v1 names them; null where nobody said anything.
    storage_conditions = models.JSONField(null=True, blank=True)
    # The supplier whose client created the product and may change it; null for the tenant's own.
    supplier = models.ForeignKey(
        Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, editable=False, related_name="+"
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "supplier"], name="products_of_a_supplier"),
            models.Index(fields=["tenant", "created_at", "id"], name="products_by_creation"),
            models.Index(fields=["tenant", "updated_at"], name="products_by_update"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku"], name="product_sku_is_unique"),
            models.UniqueConstraint(fields=["tenant", "gtin"], name="product_gtin_is_unique"),
            models.UniqueConstraint(
                fields=["tenant", "group_id", "variant_key"], name="product_variant_is_unique_in_its_group"
            ),
            models.CheckConstraint(
                name="product_variant_has_a_group", condition=Q(variant_key=None) | Q(group_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"
