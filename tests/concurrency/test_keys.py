"""Idempotency keys at the same moment, after a crash, without Valkey, and in two tenants."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import psycopg
import pytest
import redis
from django.conf import settings

from tests.support.api import TestTenant
from tests.support.crowd import Crowd, Reply, Sent, batch, posting, refusals, statuses
from tests.support.interleaving import Hold
from tests.support.processes import live_process
from tests.support.stock import Given, events_of

pytestmark = pytest.mark.xdist_group("live")


@pytest.mark.parametrize("route", ["movement", "transaction", "batch", "patch"])
def test_one_key_sent_32_times_is_one_effect(given: Given, crowd: Crowd, route: str) -> None:
    """Twins that look for the key before either has stored it both have their effect."""
    item = given.stocked(40)
    client = given.tenant.operator
    request = {
        "movement": posting(item, "sale", 1, key="once"),
        "transaction": Sent(client, "POST", "/v1/inventory/transactions", item.entry("sale", 1), key="once"),
        "batch": batch(item, [item.entry("sale", 1)], key="once"),
        "patch": Sent(client, "PATCH", item.path, {"inventoryLevel": 39, "version": 1}, key="once"),
    }[route]
    replies = crowd.send([request] * 32)
    assert statuses(replies) == {201 if route in {"movement", "transaction"} else 200: 32}
    assert len({reply.told for reply in replies}) == 1
    assert sum("idempotent-replayed" in reply.headers for reply in replies) == 31
    assert (item.balances[0], item.version, len(item.ledger)) == (39, 2, 2)


def test_a_twin_waits_for_the_first_in_the_other_process(given: Given, crowd: Crowd, hold: Hold) -> None:
    """A key that is remembered by a process, or only after the commit, is unknown to the twin beside it."""
    item = given.stocked(40)
    hold.events()
    request = batch(item, [item.entry("sale", 1)])
    first = crowd.begin(request, process=0)
    hold.wait_for(1)
    twin = crowd.begin(request, process=1)
    hold.wait_for(2)
    hold.let_go()
    assert twin.result().told == first.result().told
    assert ["idempotent-replayed" in each.result().headers for each in (first, twin)] == [False, True]
    assert (item.balances[0], item.version) == (39, 2)


def test_a_key_whose_first_request_still_runs_is_refused_until_it_ends(given: Given, crowd: Crowd) -> None:
    """A twin that does not wait, or waits for ever, for a request that hangs: two effects, or a caller without answer."""
    item = given.stocked(40)
    client = given.tenant.operator
    claim = "SELECT claimed FROM claim_idempotency_key(%s, (SELECT id FROM access_application WHERE client_id = %s), %s, %s)"
    with psycopg.connect(os.environ["DATABASE_URL"]) as running:
        running.execute("SELECT set_config('app.tenant_id', %s, true)", [str(given.tenant.id)])
        claimed = running.execute(claim, [given.tenant.id, client.credentials.client_id, "once", b"\0"]).fetchone()
        assert claimed == (True,)
        twins = [posting(item, "sale", 1, key="once"), batch(item, [item.entry("sale", 1)], key="once")]
        replies = crowd.send(twins)
        assert refusals(replies) == {(409, "idempotency_in_progress"): 2}
        assert all("retry-after" in reply.headers for reply in replies)
        running.rollback()
    assert crowd.one(twins[0]).status == 201
    assert (item.balances[0], item.version) == (39, 2)


def test_one_key_with_two_bodies_at_once_is_one_of_them(given: Given, crowd: Crowd) -> None:
    """A key that does not know its request answers another request with the first one's result."""
    item = given.stocked(40)
    replies = crowd.send([posting(item, "sale", 1 + number % 2, key="once") for number in range(32)])
    assert (statuses(replies), refusals(replies)) == ({201: 16, 422: 16}, {(422, "idempotency_key_reused"): 16})
    assert len(item.ledger) == 2


def test_one_key_of_a_refused_request_is_refused_32_times_and_then_free(given: Given, crowd: Crowd) -> None:
    """A refusal that is kept under its key goes on refusing when the stock is there."""
    item = given.stocked(1)
    request = posting(item, "sale", 2, key="once")
    assert statuses(crowd.send([request] * 32)) == {409: 32}
    item.posted("receipt", 1, warehouseLocation="W1")
    again = crowd.one(request, process=1)
    assert (again.status, "idempotent-replayed" in again.headers) == (201, False)
    assert (item.balances[0], item.version) == (0, 3)


def test_what_a_killed_process_had_not_committed_is_done_by_the_retry(given: Given, crowd: Crowd, hold: Hold) -> None:
    """A key that is stored apart from its effect promises, after a crash between the two, what never happened."""
    item = given.stocked(40)
    request = batch(item, [item.entry("sale", 1)])
    with live_process(workers=1) as (base, process), ThreadPoolExecutor(1) as pool:
        doomed = Crowd(base)
        hold.events()
        _ = request.client.token
        first = pool.submit(doomed.one, request)
        hold.wait_for(1)  # its effect is there, its event and its commit are not
        process.kill()
        assert isinstance(first.exception(), (OSError, HTTPException))
        hold.let_go()
    assert (item.version, events_of(given.tenant)) == (1, [("S1/P1", 1)])
    retried = crowd.one(request)
    assert (retried.status, "idempotent-replayed" in retried.headers) == (200, False)
    assert (item.balances[0], item.version) == (39, 2)


def test_a_replay_needs_nothing_of_valkey(given: Given, crowd: Crowd) -> None:
    """Keys that live in a cache are forgotten with it, and the retry sells again."""
    item = given.stocked(40)
    requests = [posting(item, "sale", 1), batch(item, [item.entry("sale", 1)])]
    first = crowd.send(requests)
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        valkey.flushdb()
    for process in (0, 1):
        again = [crowd.one(request, process=process) for request in requests]
        assert [reply.told for reply in again] == [reply.told for reply in first]
        assert all("idempotent-replayed" in reply.headers for reply in again)
    assert (item.balances[0], item.version) == (38, 3)


def test_two_tenants_with_the_same_names_and_keys_do_not_meet(
    given: Given, other_tenant: TestTenant, crowd: Crowd
) -> None:
    """A key, a row or a lock that is found without its tenant mixes the stock of two houses."""
    mine, theirs = given.stocked(10), Given(other_tenant).stocked(10)
    requests = [posting(item, "sale", 1, key=f"k{number}") for number in range(16) for item in (mine, theirs)]
    replies = crowd.send(requests)
    assert statuses(replies[::2]) == statuses(replies[1::2]) == {201: 10, 409: 6}
    assert not any("idempotent-replayed" in reply.headers for reply in replies)
    assert (mine.version, theirs.version) == (11, 11)


def test_what_belongs_to_another_tenant_is_answered_like_what_is_not_there(
    given: Given, other_tenant: TestTenant, crowd: Crowd
) -> None:
    """Ids and cursors that are found without their tenant open another house to whoever guesses them."""
    item, foreign = given.stocked(10), Given(other_tenant).stocked(10, product="THEIRS", warehouse="TW")
    held = foreign.posted("reservation", 1)
    booked = held["transactions"][0]["transactionId"]
    body = {"url": "https://127.0.0.1/hook", "eventTypes": ["inventory.updated"]}
    hook = other_tenant.operator.post("/v1/webhooks", body)
    guesses = {
        f"/v1/transactions/{booked}": f"/v1/transactions/{_another(booked)}",
        f"/v1/webhooks/{hook.json['webhookId']}": f"/v1/webhooks/{_another(hook.json['webhookId'])}",
        "/v1/products/THEIRS": "/v1/products/NOBODYS",
        "/v1/warehouses/TW": "/v1/warehouses/NW",
        "/v1/inventory/S1/THEIRS": "/v1/inventory/S1/NOBODYS",
    }
    for foreign_path, absent_path in guesses.items():
        found, absent = (crowd.one(Sent(given.tenant.operator, "GET", path)) for path in (foreign_path, absent_path))
        assert (found.status, _without_its_name(found)) == (404, _without_its_name(absent)), foreign_path
    for name in (held["reservationId"], _another(held["reservationId"])):
        refused = crowd.one(posting(item, "release", reservationId=name))
        assert refusals([refused]) == {(404, "not_found"): 1}
    lists = {"/v1/inventory/changes?limit=1": ("cursor", "nextCursor")}
    lists["/v1/inventory/transactions?pageSize=1"] = ("pageToken", "nextPageToken")
    for path, (parameter, member) in lists.items():
        theirs = crowd.one(Sent(other_tenant.operator, "GET", path)).json[member]
        guessed = crowd.one(Sent(given.tenant.operator, "GET", f"{path}&{parameter}={theirs}"))
        assert refusals([guessed]) == {(400, "invalid_page_token"): 1}, path
    assert foreign.balances == (10, 1, 0, 9)


def _another(identifier: str) -> str:
    """Return an id of the same form that names nothing."""
    return identifier[:-1] + ("0" if identifier[-1] != "0" else "1")


def _without_its_name(reply: Reply) -> dict[str, object]:
    return {name: value for name, value in json.loads(reply.content).items() if name not in {"instance", "requestId"}}
