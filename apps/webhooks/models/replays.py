from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.ids import uuid7
from apps.tenancy.models import TenantOwned
from apps.webhooks.models.webhooks import Webhook
from apps.webhooks.types import ReplayKind


class Replay(TenantOwned):
    """What a webhook shall get again: asked for once, queued piece by piece, deleted when all of it is queued.

    events: those of the log from `position` to `last_position`; failed: deliveries that were given up, first tried
    between `since` and `until`; snapshot: every item that the party may see, behind the subject `after`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.DO_NOTHING, related_name="replays", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ReplayKind])
    event_types = ArrayField(models.CharField(max_length=64), null=True)
    position = models.BigIntegerField(default=0)
    last_position = models.BigIntegerField(default=0)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    after = models.CharField(max_length=200, blank=True, default="", db_collation="C")
    requested_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "webhook"], name="replay_of_webhook")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.webhook_id}"
