"""A task for each delivery, a retry by countdown: what everybody writes first."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import requests
from celery import shared_task

from bench.typical.models import Delivery

_TIMEOUT_SECONDS = 10


@shared_task(bind=True, max_retries=8)
def deliver(self: Any, delivery_id: int) -> None:
    """Send one delivery, and have it tried again later where that fails."""
    delivery = Delivery.objects.select_related("webhook", "event").get(pk=delivery_id)
    body = json.dumps(delivery.event.payload | {"id": f"evt_{delivery.event.pk}", "type": delivery.event.type}).encode()
    delivery.attempts += 1
    try:
        answer = requests.post(
            delivery.webhook.url, data=body, headers=_headers(delivery, body), timeout=_TIMEOUT_SECONDS
        )
        answer.raise_for_status()
    except requests.RequestException as error:
        delivery.save(update_fields=["attempts"])
        raise self.retry(exc=error, countdown=2**self.request.retries) from error
    delivery.status = "delivered"
    delivery.save(update_fields=["status", "attempts"])


def _headers(delivery: Delivery, body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    signed = b"%d.%b.%b" % (delivery.event.pk, stamp.encode(), body)
    digest = hmac.new(delivery.webhook.secret.encode(), signed, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": str(delivery.event.pk),
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
