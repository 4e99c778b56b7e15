from django.db import models
from django.db.models import Case, F, GeneratedField, Q, When

from apps.core.context import PartyType, Principal
from apps.core.ids import CODE_MAX_LENGTH
from apps.tenancy.models import MasterData


class WarehouseQuerySet(models.QuerySet["Warehouse"]):
    def visible_to(self, principal: Principal) -> "WarehouseQuerySet":
        """Keep what the principal may see: staff all, a supplier its own and the tenant's, a retail partner its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        own = Q(owner_type=principal.party.value, owner_id=principal.party_id)
        match principal.party:
            case PartyType.TENANT:
                return rows
            case PartyType.SUPPLIER:
                return rows.filter(own | Q(owner_type=PartyType.TENANT.value))
            case PartyType.RETAIL_PARTNER:
                return rows.filter(own)


def _owner_if(party: PartyType) -> GeneratedField:
    """Return a column that holds the owner's code for one kind of party: for the database's foreign keys."""
    return GeneratedField(
        expression=Case(When(owner_type=party.value, then=F("owner_id"))),
        output_field=models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C", null=True),
        db_persist=True,
    )


class Warehouse(MasterData):
    """A place where stock lies; other resources call its code `warehouseLocation`.

    The owner is the tenant (`owner_id` is empty), a supplier or a retail partner, and never changes.
    """

    name = models.CharField(max_length=255)
    owner_type = models.CharField(
        max_length=16,
        choices=[(party.value, party.value) for party in PartyType],
        default=PartyType.TENANT.value,
        editable=False,
    )
    owner_id = models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C", default="", editable=False)
    owner_supplier_id = _owner_if(PartyType.SUPPLIER)
    owner_retail_partner_id = _owner_if(PartyType.RETAIL_PARTNER)
    address = models.JSONField(null=True, blank=True)
    gln = models.CharField(max_length=13, null=True, blank=True)

    objects = WarehouseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "owner_supplier_id"], name="warehouses_of_a_supplier"),
            models.Index(fields=["tenant", "owner_retail_partner_id"], name="warehouses_of_a_partner"),
        ]
        constraints = [
            models.CheckConstraint(
                name="warehouse_owner_is_named",
                condition=Q(owner_type=PartyType.TENANT.value, owner_id="")
                | ~Q(owner_type=PartyType.TENANT.value) & ~Q(owner_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"
