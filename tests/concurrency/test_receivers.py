"""Webhooks of stock that moves, at a receiver that goes by `sequence` as the guide says."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps.core.context import CallContext, PartyType, Principal
from apps.outbox.unit_of_work import as_tenant
from apps.webhooks.commands.redeliver import redeliver
from tests.faults.webhooks.conftest import Shop
from tests.faults.webhooks.receiver import Received, receiving
from tests.support.api import TestTenant
from tests.support.crowd import Crowd, batch, posting
from tests.support.processes import child
from tests.support.stock import Given, rows_of

pytestmark = [pytest.mark.xdist_group("live"), pytest.mark.usefixtures("dispatcher")]


@pytest.fixture(scope="module")
def dispatcher() -> Iterator[None]:
    """Run a dispatcher, every timeout at a twentieth, in a process of its own."""
    with child(
        ("python", "manage.py", "dispatch"), env={"DJANGO_SETTINGS_MODULE": "tests.faults.webhooks.fast_settings"}
    ):
        yield


@pytest.fixture
def shop(tenant: TestTenant) -> Iterator[Shop]:
    """Return the tenant with a receiver for its webhooks."""
    with receiving() as receiver:
        yield Shop(tenant, receiver)


def _subscribed(shop: Shop) -> dict[str, Any]:
    """Return a webhook made when everything before it has its place in the log: it is told of what comes."""
    pause = threading.Event()
    for _ in range(1000):
        if rows_of(shop.tenant.id)["outbox_outboxmessage"] == 0:
            return shop.subscribe()
        pause.wait(0.01)
    raise AssertionError("the relay does not come")


def _level(request: Received) -> tuple[str, int, int]:
    event = json.loads(request.body)
    return event["subject"], int(event["sequence"]), event["data"]["inventoryLevel"]


def _applied(arrivals: list[tuple[str, int, int]]) -> dict[str, int]:
    """Return the level of each subject at a connector that ignores what is not above the last that it stored."""
    stored: dict[str, tuple[int, int]] = {}
    for subject, sequence, level in arrivals:
        if sequence > stored.get(subject, (0, 0))[0]:
            stored[subject] = (sequence, level)
    return {subject: level for subject, (_, level) in stored.items()}


def _send_again(shop: Shop, webhook: str, sequence: int) -> None:
    principal = Principal(tenant_id=shop.tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    sql = "SELECT position FROM outbox_event WHERE tenant_id = %s AND type = 'inventory.updated' AND sequence = %s"
    with as_tenant(shop.tenant.id), connection.cursor() as cursor:
        cursor.execute(sql, [shop.tenant.id, sequence])
        ((position,),) = cursor.fetchall()
    moment = shop.tenant.row.created_at
    redeliver(CallContext(principal=principal, now=moment, request_id="test"), webhook, position=position)


def test_news_that_comes_twice_and_backwards_leaves_the_newest_level(given: Given, crowd: Crowd, shop: Shop) -> None:
    """A connector that applies what comes last goes back to an old level when old news is repeated."""
    item = given.stocked(10)
    shop.receiver.statuses = [200, 200, 500]  # the third is taken and said to have failed: it comes twice
    webhook = _subscribed(shop)
    for count in (1, 2, 3):
        assert crowd.one(posting(item, "sale", 1), process=count).status == 201
        shop.receiver.wait_for(count)
    shop.receiver.wait_for(4)
    for count, old in ((5, 3), (6, 2), (7, 3)):
        _send_again(shop, webhook["webhookId"], old)
        shop.receiver.wait_for(count)
    arrivals = [_level(request) for request in shop.receiver.requests]
    assert [sequence for _, sequence, _ in arrivals] == [2, 3, 4, 4, 3, 2, 3]
    assert arrivals[-1][2] == 8  # what a receiver would have that goes by the order of arrival
    assert _applied(arrivals) == {"S1/P1": 7} == {"S1/P1": item.balances[0]}


def test_sold_restocked_and_sold_again_is_told_three_times(given: Given, crowd: Crowd, shop: Shop) -> None:
    """News that looks like earlier news is taken for a duplicate and dropped: the last sale is never told."""
    item = given.stocked(10)
    webhook = _subscribed(shop)
    requests = [posting(item, "sale", 1), posting(item, "receipt", 1, warehouseLocation="W1"), posting(item, "sale", 1)]
    for count, request in enumerate(requests, start=1):
        assert crowd.one(request, process=count).status == 201
        shop.receiver.wait_for(count)
    shop.wait_for_log(webhook, lambda log: len(log) == 3)
    arrivals = shop.receiver.requests
    assert [_level(request) for request in arrivals] == [("S1/P1", 2, 9), ("S1/P1", 3, 10), ("S1/P1", 4, 9)]
    assert len({request.headers["webhook-id"] for request in arrivals}) == 3


def test_three_items_sold_out_by_one_list_are_three_deliveries(given: Given, crowd: Crowd, shop: Shop) -> None:
    """The deliveries of one change share what was bound last: one item is told three times and two are not."""
    items = [given.stocked(2, product=f"P{number}") for number in range(3)]
    webhook = _subscribed(shop)
    assert crowd.one(batch(items[0], [item.entry("sale", 2) for item in items])).status == 200
    shop.receiver.wait_for(3)
    shop.wait_for_log(webhook, lambda log: len(log) == 3)
    told = sorted(_level(request) for request in shop.receiver.requests)
    assert told == [(f"S1/P{number}", 2, 0) for number in range(3)]
    assert len({request.headers["webhook-id"] for request in shop.receiver.requests}) == 3
