from datetime import date

from django.db import models
from django.db.models import F, Q

from apps.core.context import PartyType, Principal
from apps.core.ids import CODE_MAX_LENGTH
from apps.retail_partners.models.retail_partner import RetailPartner
from apps.suppliers.models import Supplier
from apps.tenancy.models import MasterData


class SupplyAgreementQuerySet(models.QuerySet["SupplyAgreement"]):
    def visible_to(self, principal: Principal) -> "SupplyAgreementQuerySet":
        """Keep what the principal may see: staff all, a supplier and a retail partner those that name it."""
        rows = self.filter(tenant_id=principal.tenant_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(supplier_id=principal.party_id)
            case PartyType.RETAIL_PARTNER:
                return rows.filter(retail_partner_id=principal.party_id)

    def in_force(self, on: date) -> "SupplyAgreementQuerySet":
        """Keep the active ones whose validity, both ends included and open where null, holds that day."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=on),
            Q(valid_to=None) | Q(valid_to__gte=on),
            status=SupplyAgreement.ACTIVE,
        )


class SupplyAgreement(MasterData):
    """What a retail partner may see and order of a supplier's stock: one product, or (null) every product.

    `product_id` is a code and no foreign key: products lie above this app, and a product may be agreed before it is
    created. Several agreements may say the same; what one of them allows is allowed.
    """

    retail_partner = models.ForeignKey(
        RetailPartner, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    supplier = models.ForeignKey(Supplier, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    product_id = models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C", null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    minimum_shelf_life_days = models.IntegerField(null=True, blank=True)

    objects = SupplyAgreementQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "retail_partner", "supplier", "product_id"], name="agreements_of_a_partner"),
            models.Index(fields=["tenant", "supplier"], name="agreements_of_a_supplier"),
        ]
        constraints = [
            models.CheckConstraint(name="agreement_ends_after_it_begins", condition=Q(valid_to__gte=F("valid_from"))),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.supplier_id} to {self.retail_partner_id}"
