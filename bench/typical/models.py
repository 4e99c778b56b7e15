from typing import ClassVar

from django.conf import settings
from django.db import models


class Item(models.Model):
    sku = models.CharField(max_length=64, unique=True)
    on_hand = models.BigIntegerField()
    reserved = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager["Item"]] = models.Manager()

    def __str__(self) -> str:
        return self.sku


class Movement(models.Model):
    item = models.ForeignKey(Item, models.PROTECT, related_name="movements")
    type = models.CharField(max_length=16)
    quantity = models.PositiveBigIntegerField()
    on_hand_after = models.BigIntegerField()
    reference = models.CharField(max_length=255, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Movement"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.type} {self.quantity}"


class OutboxEvent(models.Model):
    type = models.CharField(max_length=64)
    payload = models.JSONField()
    occurred_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["OutboxEvent"]] = models.Manager()

    def __str__(self) -> str:
        return self.type


class IdempotencyKey(models.Model):
    application = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE)
    key = models.CharField(max_length=255)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["IdempotencyKey"]] = models.Manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["application", "key"], name="key_is_used_once")]

    def __str__(self) -> str:
        return self.key


class Webhook(models.Model):
    url = models.URLField()
    secret = models.CharField(max_length=64)

    objects: ClassVar[models.Manager["Webhook"]] = models.Manager()

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    webhook = models.ForeignKey(Webhook, models.CASCADE)
    event = models.ForeignKey(OutboxEvent, models.CASCADE)
    status = models.CharField(max_length=16, default="pending")
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager["Delivery"]] = models.Manager()

    def __str__(self) -> str:
        return self.status
