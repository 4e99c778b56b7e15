from django.db import models

from apps.core.ids import CODE_MAX_LENGTH
from apps.tenancy.models.tenants import Tenant


class TenantOwned(models.Model):
    """Base of tables whose rows belong to one tenant.

    The migration of each adds `apps.core.schema.TenantTable`, which gives the database's own key
    `(tenant_id, id)`, the composite foreign keys and the policy.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)

    class Meta:
        abstract = True


class MasterData(TenantOwned):
    """Base of what parties agree on: a code, a version that every change raises, a status instead of deletion.

    The code is the row's identity: `id` holds it, so foreign keys carry codes and no read joins to learn one. It is
    unique inside the tenant, immutable and never reused (`RetiredCode`).
    """

    ACTIVE = "active"
    ARCHIVED = "archived"

    id = models.CharField(primary_key=True, max_length=CODE_MAX_LENGTH, db_collation="C", editable=False)
    status = models.CharField(max_length=16, default=ACTIVE, choices=[(ACTIVE, ACTIVE), (ARCHIVED, ARCHIVED)])
    attributes = models.JSONField(default=dict, blank=True)
    version = models.BigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    class Meta:
        abstract = True


class RetiredCode(TenantOwned):
    """A code whose resource was deleted: it is never given again."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=64)
    code = models.CharField(max_length=CODE_MAX_LENGTH, db_collation="C")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "code"], name="retired_code_is_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"
