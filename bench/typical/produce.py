"""Commit events with a delivery for every webhook: `python -m bench.typical.produce COUNT EVENTS_PER_SECOND`.

0 per second means as fast as it goes. An event's `time` is taken in its transaction, as ours is.
"""

import os
import sys
import time
from functools import partial

import django
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.typical.settings")
django.setup()

from bench.typical.celery import app  # noqa: E402 -- after Django's setup
from bench.typical.models import Delivery, OutboxEvent, Webhook  # noqa: E402
from bench.typical.tasks import deliver  # noqa: E402


def produce(count: int, per_second: float) -> None:
    """Commit `count` events at an even pace."""
    webhooks = list(Webhook.objects.all())
    started = time.monotonic()
    for number in range(count):
        if per_second:
            time.sleep(max(0.0, started + number / per_second - time.monotonic()))
        with transaction.atomic():
            event = OutboxEvent.objects.create(type="inventory.updated", payload=_payload(number))
            deliveries = Delivery.objects.bulk_create([Delivery(webhook=hook, event=event) for hook in webhooks])
            transaction.on_commit(partial(_send, deliveries))


def _send(deliveries: list[Delivery]) -> None:
    for delivery in deliveries:
        deliver.delay(delivery.pk)


def _payload(number: int) -> dict[str, object]:
    return {"time": time.time(), "data": {"item": number, "onHand": 1000, "reserved": 0, "version": number}}


if __name__ == "__main__":
    app.set_default()
    produce(int(sys.argv[1]), float(sys.argv[2]))
