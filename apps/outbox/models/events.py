from django.db import models


class OutboxMessage(models.Model):
    """An event that its transaction has committed and that the relay has not moved yet. Appended and deleted only."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    sequence = models.BigIntegerField()
    facts = models.JSONField()
    occurred_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.type} {self.subject} #{self.sequence}"


class LoggedEventRow(models.Model):
    """An event in the tenant's log. `position` is dense in the tenant: 1, 2, 3, in the order of relaying.

    The table has a partition for each day of `logged_at`: whoever knows it says so, and reads one instead of all.
    """

    position = models.BigIntegerField(primary_key=True)
    tenant_id = models.BigIntegerField()
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    sequence = models.BigIntegerField()
    facts = models.JSONField()
    occurred_at = models.DateTimeField()
    logged_at = models.DateTimeField()

    class Meta:
        db_table = "outbox_event"
        verbose_name = "event"

    def __str__(self) -> str:
        return f"{self.position}: {self.type} {self.subject} #{self.sequence}"


class FeedDay(models.Model):
    """From this position on the tenant's events were logged on this day (UTC): where in the log they lie.

    The last day has no end, the others end before the next one's first position. A day that is no longer kept has no
    row, so the first row is where the tenant's log begins.
    """

    first_position = models.BigIntegerField(primary_key=True)
    tenant_id = models.BigIntegerField()
    logged_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.logged_on}: from {self.first_position}"


class FeedHead(models.Model):
    """The last position given in a tenant's log. Its row lock makes one relay at a time work for a tenant."""

    tenant_id = models.BigIntegerField(primary_key=True)
    position = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.position}"
