from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.context import PartyType, Principal
from apps.core.ids import uuid7
from apps.tenancy.models import MasterData, TenantOwned
from apps.webhooks.types import Strategy, WebhookStatus


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, principal: Principal) -> "WebhookQuerySet":
        """Keep what the principal may see: staff all, every other party its own."""
        rows = self.filter(tenant_id=principal.tenant_id)
        if principal.is_staff:
            return rows
        return rows.filter(party_type=principal.party, party_id=principal.party_id)


class Webhook(MasterData):
    """A party's subscription: where its events go. What the party may see decides what is sent."""

    status = models.CharField(
        max_length=16,
        choices=[(status.value, status.value) for status in WebhookStatus],
        default=WebhookStatus.ACTIVE,
    )
    attributes = None  # nobody agrees on a subscription's attributes
    url = models.CharField(max_length=2048)
    event_types = ArrayField(models.CharField(max_length=64))
    filters = models.JSONField(default=dict, blank=True)
    disabled_reason = models.CharField(max_length=255, null=True, blank=True)
    party_type = models.CharField(max_length=16, choices=[(party.value, party.value) for party in PartyType])
    party_id = models.CharField(max_length=64, blank=True, default="")
    strategy = models.CharField(
        max_length=16, choices=[(each.value, each.value) for each in Strategy], default=Strategy.LATEST
    )
    max_per_second = models.SmallIntegerField(null=True, blank=True)
    told = models.BigIntegerField(default=0, editable=False)  # how many events were about the webhook: their sequence

    objects = WebhookQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.pk} {self.url}"


class WebhookSecret(TenantOwned):
    """A signing secret, sealed. Several live at once while one replaces the other."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.DO_NOTHING, related_name="secrets", db_constraint=False, db_index=False
    )
    sealed = models.BinaryField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhooks_secret"
        indexes = [models.Index(fields=["tenant", "webhook"], name="secret_of_webhook")]

    def __str__(self) -> str:
        return f"secret of {self.webhook_id}"
