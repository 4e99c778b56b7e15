from django.db import models

from apps.tenancy.models import TenantOwned


class IntegrityReport(TenantOwned):
    """What one check of a tenant's books found; the newest have the highest ids, and old ones are dropped.

    `rules` has for each rule its name, how much is wrong, and the first places: `{rule, wrong, discrepancies}`.
    """

    id = models.BigAutoField(primary_key=True)
    checked_at = models.DateTimeField()
    seconds = models.FloatField()
    balanced = models.BooleanField()
    rules = models.JSONField()

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d %H:%M} {'balanced' if self.balanced else 'NOT BALANCED'}"
