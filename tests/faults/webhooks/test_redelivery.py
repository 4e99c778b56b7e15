"""Redelivery through the real dispatcher: the same event again, to a receiver that failed and to one that had it."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from apps.core.context import CallContext, PartyType, Principal
from apps.outbox.unit_of_work import as_tenant
from apps.webhooks.commands.redeliver import redeliver
from apps.webhooks.models import Attempt, Delivery
from tests.faults.webhooks.conftest import Shop


def staff(shop: Shop) -> CallContext:
    principal = Principal(tenant_id=shop.tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="test")


def newest_position(shop: Shop) -> int:
    with as_tenant(shop.tenant.id):
        position = Attempt.objects.filter(tenant_id=shop.tenant.id).latest("id").position
    assert position is not None
    return position


@pytest.mark.usefixtures("dispatcher")
def test_a_delivered_event_comes_again_under_its_own_id(shop: Shop) -> None:
    webhook = shop.subscribe()
    shop.receive()
    shop.wait_for_log(webhook, lambda log: len(log) == 1)
    redeliver(staff(shop), webhook["webhookId"], position=newest_position(shop))
    first, again = shop.receiver.wait_for(2)
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    assert again.verified(webhook["secret"]) == first.verified(webhook["secret"])
    log = shop.wait_for_log(webhook, lambda log: len(log) == 2)
    assert [(each["status"], each["attempt"]) for each in log] == [("succeeded", 1), ("succeeded", 1)]


@pytest.mark.usefixtures("dispatcher")
def test_a_failed_event_goes_out_at_once_and_not_when_its_turn_comes(shop: Shop, settings: Settings) -> None:
    settings.WEBHOOK_RETRY_SCALE = 1000.0  # its turn would come in an hour
    shop.receiver.statuses = [500]
    webhook = shop.subscribe()
    shop.receive()
    shop.wait_for_log(webhook, lambda log: len(log) == 1)
    redeliver(staff(shop), webhook["webhookId"], position=newest_position(shop))
    log = shop.wait_for_log(webhook, lambda log: len(log) == 2)
    assert [each["status"] for each in log] == ["failed", "succeeded"]
    with as_tenant(shop.tenant.id):
        assert Delivery.objects.filter(tenant_id=shop.tenant.id).count() == 0
