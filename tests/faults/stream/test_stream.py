"""GET /v1/events/stream by a real process: what is told, to whom, and how it ends."""

import json
import signal
import time
from collections.abc import Callable
from threading import Timer

import httpx
import pytest

from apps.tenancy.models import Tenant
from tests.faults.stream.conftest import FAST, Streaming
from tests.support.api import TestTenant
from tests.support.processes import live_stream
from tests.support.stock import Given, relay
from tests.support.streams import Stream, open_stream


def _began(stream: Stream) -> str:
    """Return the id with which a stream begins: from then on it tells everything."""
    first = next(stream.blocks())
    assert first.retry is not None
    assert 1000 <= first.retry <= 5000
    assert first.id
    return first.id


def test_events_come_as_a_webhook_gets_them_and_behind_the_beginning_only(streaming: Streaming, given: Given) -> None:
    item = given.stocked(10)
    relay()
    stream = streaming.open(given.tenant.operator)
    beginning = _began(stream)
    item.posted("sale", 1)
    item.posted("sale", 2)
    relay()
    told = stream.events(2)
    listed = given.tenant.operator.get(f"/v1/events?cursor={beginning}").json
    assert told == listed["data"]
    assert stream.last_id == listed["nextCursor"]
    assert stream.headers["cache-control"] == "no-store"
    stream.close()


def test_a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(streaming: Streaming, given: Given) -> None:
    item = given.stocked(100)
    relay()
    first = streaming.open(given.tenant.operator)
    _began(first)
    item.posted("sale", 1)
    relay()
    seen = first.events(1)
    last = first.last_id
    first.close()
    for _ in range(3):
        item.posted("sale", 1)
    relay()
    by_header = streaming.open(given.tenant.operator, last_id=last)
    by_parameter = streaming.open(given.tenant.operator, f"cursor={last}")
    for stream in (by_header, by_parameter):
        told = seen + stream.events(3)
        item.posted("sale", 1)
        relay()
        told += stream.events(1)
        assert [int(event["sequence"]) for event in told[:4]] == [2, 3, 4, 5]
        stream.close()


def test_each_gets_its_own(streaming: Streaming, given: Given, other_tenant: TestTenant) -> None:
    given.agreement("R1", "S1")
    own, foreign = given.stocked(10), given.stocked(10, supplier="S2", product="P2")
    relay()
    tenant = given.tenant
    asked = {
        "operator": streaming.open(tenant.operator),
        "supplier": streaming.open(tenant.supplier("S1")),
        "partner": streaming.open(tenant.retailer("R1")),
        "filtered": streaming.open(tenant.operator, "supplierId=S2&type=inventory.updated"),
        "by warehouse": streaming.open(tenant.operator, "warehouseLocation=NO"),
        "products only": streaming.open(tenant.client_with("events:read", "products:read")),
        "stranger": streaming.open(other_tenant.operator),
    }
    for stream in asked.values():
        _began(stream)
    own.posted("sale", 1)
    foreign.posted("sale", 1)
    relay()
    end = tenant.operator.get("/v1/events").json["nextCursor"]
    both = ["S1/P1", "S2/P2"]
    expected = {"operator": both, "supplier": both[:1], "partner": both[:1], "filtered": both[1:]}
    for who, stream in asked.items():
        told = []
        for block in stream.blocks():
            if block.event:
                told.append(block.data["subject"])
            # The id moves on behind what was not for this client.
            if block.id == end or (who == "stranger" and block.comment):
                break
        assert told == expected.get(who, []), who
        stream.close()


@pytest.mark.parametrize(
    ("query", "last_id", "status", "code"),
    [
        ("type=stock.moved", None, 400, "validation_error"),
        ("limit=5", None, 400, "unknown_parameter"),
        ("", "nonsense", 400, "invalid_page_token"),
        ("cursor=nonsense", None, 400, "invalid_page_token"),
    ],
)
def test_what_is_wrong_is_a_problem_before_the_stream_begins(
    streaming: Streaming, tenant: TestTenant, query: str, last_id: str | None, status: int, code: str
) -> None:
    stream = open_stream(streaming.base, tenant.operator.token, query, last_id=last_id)
    problem = json.loads(stream.body)
    assert (stream.status, stream.headers["content-type"], problem["code"]) == (
        status,
        "application/problem+json",
        code,
    )


def test_who_may_not_is_told_before_the_stream_begins(streaming: Streaming, tenant: TestTenant) -> None:
    for token, status, code in (
        ("", 401, "unauthenticated"),
        ("wrong", 401, "invalid_token"),
        (tenant.client_with("inventory:read").token, 403, "insufficient_scope"),
    ):
        stream = open_stream(streaming.base, token)
        assert (stream.status, json.loads(stream.body)["code"]) == (status, code)


def test_the_api_and_the_stream_each_name_the_other(streaming: Streaming, tenant: TestTenant) -> None:
    for path in ("/v1/events/stream", "/v1/events?wait=1", "/v1/inventory/changes?wait=25"):
        answer = tenant.operator.get(path)
        assert (answer.status, answer.json["code"]) == (421, "misdirected_request")
        assert answer.json["address"].endswith(path.partition("?")[0])
    elsewhere = httpx.post(f"{streaming.base}/v1/suppliers", json={}, timeout=10)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (421, "misdirected_request")
    assert elsewhere.json()["address"].endswith("/v1/suppliers")


def _revoke(tenant: TestTenant) -> None:
    tenant.operator.revoke()


def _suspend(tenant: TestTenant) -> None:
    Tenant.objects.filter(pk=tenant.id).update(status="suspended")


@pytest.mark.parametrize("end", [_revoke, _suspend])
def test_a_stream_ends_soon_after_its_token_does_not_hold(
    streaming: Streaming, given: Given, end: Callable[[TestTenant], None]
) -> None:
    item = given.stocked(10)
    other = streaming.open(given.tenant.client_with("events:read", "inventory:read"))
    stream = streaming.open(given.tenant.operator)
    _began(stream)
    end(given.tenant)
    stream.end(seconds=10)
    if end is _revoke:
        item.posted("sale", 1, by=given.tenant.supplier("S1"))
        relay()
        assert other.events(1)
    else:
        Tenant.objects.filter(pk=given.tenant.id).update(status="active")
    other.close()


def test_a_client_that_does_not_take_is_cut_off_and_others_go_on(streaming: Streaming, given: Given) -> None:
    item = given.stocked(1_000_000)
    relay()
    before = _metric(streaming.base, "stockwire_stream_slow_clients_total")
    slow = streaming.open(given.tenant.operator, receive_buffer=4096)
    quick = streaming.open(given.tenant.operator)
    _began(quick)
    for number in range(15):
        lines = [item.entry("sale", 1)] * 200
        answer = given.tenant.operator.post("/v1/inventory/batch", {"mode": "atomic", "items": lines}, key=str(number))
        assert answer.status == 200, answer.json
        relay()
    told = quick.events(3000, seconds=20)
    assert [int(event["sequence"]) for event in told] == list(range(2, 3002))
    deadline = time.monotonic() + 20
    while _metric(streaming.base, "stockwire_stream_slow_clients_total") == before:
        assert time.monotonic() < deadline
    item.posted("sale", 1)
    relay()
    assert quick.events(1)[0]["sequence"] == "3002"
    got = []
    with pytest.raises((EOFError, ConnectionError)):
        for _ in range(3002):
            got += slow.events(1)
    # It comes back with the last id that it has, and nothing is missing.
    again = streaming.open(given.tenant.operator, last_id=slow.last_id)
    got += again.events(3001 - len(got), seconds=20)
    assert [int(event["sequence"]) for event in got] == list(range(2, 3003))


def _metric(base: str, name: str) -> float:
    text = httpx.get(f"{base}/metrics", timeout=10).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_a_full_process_says_so(given: Given) -> None:
    with live_stream({**FAST, "STREAM_MAX_CLIENTS": "2"}) as (base, _):
        token = given.tenant.operator.token
        streams = [open_stream(base, token) for _ in range(3)]
        assert [stream.status for stream in streams] == [200, 200, 503]
        assert streams[2].headers["retry-after"] == "1"
        assert json.loads(streams[2].body)["code"] == "unavailable"
        streams[0].close()
        deadline = time.monotonic() + 10
        while open_stream(base, token).status != 200:
            assert time.monotonic() < deadline


def test_one_tenant_leaves_room_for_another(given: Given, other_tenant: TestTenant) -> None:
    with live_stream({**FAST, "STREAM_MAX_CLIENTS": "4"}) as (base, _):
        streams = [open_stream(base, given.tenant.operator.token) for _ in range(4)]
        assert [stream.status for stream in streams] == [200, 200, 200, 503]
        assert open_stream(base, other_tenant.operator.token).status == 200


def test_streams_end_cleanly_at_sigterm(given: Given) -> None:
    with live_stream(FAST) as (base, child):
        stream = open_stream(base, given.tenant.operator.token)
        _began(stream)
        child.process.send_signal(signal.SIGTERM)
        stream.end(seconds=10)
        assert child.process.wait(timeout=10) == 0


def test_without_redis_events_come_a_little_later(given: Given) -> None:
    item = given.stocked(10)
    relay()
    with live_stream({**FAST, "REDIS_URL": "redis://127.0.0.1:1/0"}) as (base, _):
        stream = open_stream(base, given.tenant.operator.token)
        _began(stream)
        item.posted("sale", 1)
        relay()
        assert stream.events(1)[0]["sequence"] == "2"


def test_a_list_waits_for_news(streaming: Streaming, given: Given) -> None:
    item = given.stocked(10)
    relay()
    operator = given.tenant.operator

    def ask(path: str, seconds: int) -> tuple[list[str], float]:
        cursor = operator.get("/v1/events").json["nextCursor"]
        began = time.monotonic()
        answer = httpx.get(
            f"{streaming.base}{path}?cursor={cursor}&wait={seconds}",
            headers={"Authorization": f"Bearer {operator.token}"},
            timeout=40,
        ).json()
        assert answer["hasMore"] is False
        return [event["type"] for event in answer["data"]], time.monotonic() - began

    def sell() -> None:
        item.posted("sale", 1)
        relay()

    for path in ("/v1/events", "/v1/inventory/changes"):
        told, seconds = ask(path, 1)
        assert told == []
        assert seconds >= 1
        seller = Timer(0.5, sell)
        seller.start()
        told, seconds = ask(path, 25)
        seller.join()
        assert told == ["inventory.updated"]
        assert 0.5 <= seconds < 25
