from django.db import models

from apps.tenancy.models import TenantOwned


class SentBatch(TenantOwned):
    """What is sent of one batch of a product, and what became of it, in base units.

    `received` (good) and `damaged` are all that arrived, `over` what of it was never sent; `short` never came and was
    written off. The rest is under way.
    """

    id = models.BigAutoField(primary_key=True)
    batch_number = models.CharField(max_length=64, null=True, db_collation="C")
    expires_at = models.DateTimeField(null=True)
    shipped = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    damaged = models.BigIntegerField(default=0)
    over = models.BigIntegerField(default=0)
    short = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def in_transit(self) -> int:
        """What is still under way."""
        return self.shipped + self.over - self.received - self.damaged - self.short
