from django.db import models


class PumpSlot(models.Model):
    """A place for one Celery-hosted dispatcher, leased for some seconds; the token fences a pump that lost it.

    Belongs to no tenant: it says how many pumps an installation runs.
    """

    slot = models.SmallIntegerField(primary_key=True)
    token = models.UUIDField(null=True)
    leased_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"slot {self.slot}"
