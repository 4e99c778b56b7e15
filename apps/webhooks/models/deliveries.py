from django.db import models
from django.db.models import F, Q

from apps.core.context import Principal
from apps.webhooks.models.webhooks import Webhook
from apps.webhooks.types import FIRST_CAP, DeliveryState

_READY = Q(state=DeliveryState.READY.value)
_IN_FLIGHT = Q(state=DeliveryState.IN_FLIGHT.value)
_DEAD = Q(state=DeliveryState.DEAD.value)


class Lane(models.Model):
    """One webhook's share of the dispatchers: its mutex, its cap, its breaker and its rate.

    Every transaction that touches a webhook's deliveries locks its lane first, lanes in the order (tenant, webhook);
    a claim skips what is locked. `next_due` is when a claim may find something, null when it cannot; `looked_at` is
    when one last did: lanes take turns.

    `cap` deliveries are in flight at most, a real number because it grows by eighths; `pace` is how long the receiver
    takes, in milliseconds, smoothed. `fails` counts failures without a success between them, since `failing_since`;
    `notices` is how many of the notices about that went out. `trips` is how often in a row the breaker has opened, null
    `open_until` and 0 while it is closed, and `closed_at` when it last closed. `tokens` is what was left at `tokens_at`
    of a rate that the webhook bounds.
    """

    webhook = models.OneToOneField(
        Webhook, on_delete=models.DO_NOTHING, primary_key=True, related_name="lane", db_constraint=False
    )
    tenant_id = models.BigIntegerField()
    cap = models.FloatField(default=FIRST_CAP)
    next_due = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    pace = models.FloatField(null=True)
    fails = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    notices = models.SmallIntegerField(default=0)
    trips = models.SmallIntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Without the tenant on purpose: the dispatcher looks for the earliest lane of all tenants.
            models.Index(F("next_due"), name="lane_next_due", condition=Q(next_due__isnull=False)),
            models.Index(F("failing_since"), name="lane_failing", condition=Q(failing_since__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"lane of {self.webhook_id}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, principal: Principal) -> "DeliveryQuerySet":
        """Keep a tenant's deliveries; for other parties those that were sent once.

        Whether a party may see a subject is known when its event is rendered, and not before.
        """
        rows = self.filter(tenant_id=principal.tenant_id)
        return rows if principal.is_staff else rows.filter(sent_at__isnull=False)


class Delivery(models.Model):
    """An event on its way to a webhook: at most one ready and one in flight for each key.

    State events of one subject share a key, so a newer one replaces what still waits; every other event has its own.
    `position` is the event's place in the log, 0 for a snapshot, which says what its subject is when it is sent.
    A delivery that succeeded is deleted in the statement that writes its attempt: the table is as small as the
    backlog. `sent_at` is set once the receiver may have seen it.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    webhook = models.ForeignKey(
        Webhook, on_delete=models.DO_NOTHING, related_name="deliveries", db_constraint=False, db_index=False
    )
    key = models.CharField(max_length=300, db_collation="C")
    position = models.BigIntegerField()
    logged_at = models.DateTimeField()  # of the event: with its position it finds the event in one partition of the log
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    sequence = models.BigIntegerField()
    state = models.SmallIntegerField(default=DeliveryState.READY)
    attempts = models.SmallIntegerField(default=0)
    coalesced = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    first_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    claim_id = models.UUIDField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "webhook", "key"], condition=_READY, name="one_ready_delivery"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "webhook", "key"], condition=_IN_FLIGHT, name="one_delivery_in_flight"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "webhook", "due_at", "id"], condition=_READY, name="delivery_due"),
            # The sweeper reads all of it: only what is in flight stands here.
            models.Index(fields=["tenant_id", "lease_until"], condition=_IN_FLIGHT, name="delivery_lease"),
            models.Index(fields=["tenant_id", "webhook", "first_at"], condition=_DEAD, name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject} #{self.sequence} to {self.webhook_id}"
