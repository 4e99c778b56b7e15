from django.db import models

from apps.core.context import Principal
from apps.webhooks.models.webhooks import Webhook


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, principal: Principal) -> "AttemptQuerySet":
        """Keep a tenant's attempts; for other parties those that showed them nothing new: the ones that were sent."""
        rows = self.filter(tenant_id=principal.tenant_id)
        return rows if principal.is_staff else rows.filter(sent=True)


class Attempt(models.Model):
    """What became of one try to deliver; successes are kept too. Names a webhook that may be gone.

    `outcome`: succeeded; failed (another try follows); superseded (failed, and a newer event of the subject took its
    place); dead (failed, and the last); dropped (the party may not see the subject); cancelled (webhook deleted).
    `sent` is false where nothing left for the receiver: its party must not learn of the subject from here.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    webhook = models.ForeignKey(
        Webhook, on_delete=models.DO_NOTHING, related_name="attempts", db_constraint=False, db_index=False
    )
    delivery_id = models.BigIntegerField()
    position = models.BigIntegerField(null=True)  # the event's place in the log; attempts before 0002 do not know it
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    sequence = models.BigIntegerField()
    number = models.SmallIntegerField()
    coalesced = models.IntegerField()
    outcome = models.CharField(max_length=16)
    sent = models.BooleanField()
    status = models.SmallIntegerField(null=True)
    milliseconds = models.IntegerField(null=True)
    address = models.CharField(max_length=64, null=True)
    error = models.CharField(max_length=300, null=True)
    answer = models.TextField(null=True)
    at = models.DateTimeField()

    objects = AttemptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "webhook", "at", "id"], name="attempt_of_webhook"),
            models.Index(fields=["tenant_id", "delivery_id"], name="attempt_of_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.type} {self.subject} #{self.sequence}"
