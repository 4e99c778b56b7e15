"""The load generator counts what was answered, and nothing else."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bench.errors import BenchFailed
from bench.http import ask
from bench.load.generator import Load, quantile, whole_answer
from bench.load.plan import Plan, request
from bench.measuring import load
from sandbox.embedded.ports import first_free_port
from tests.unit.bench.serving import serving

_EVENT = b'{"id":"evt_1","time":1}'


@pytest.fixture
def sink() -> Iterator[int]:
    port = first_free_port(31700)
    with serving(("-m", "bench.sink", str(port)), port, "/count"):
        yield port


def _plan(port: int, *, keyed: bool = False) -> Plan:
    posts = [request("POST", f"/hook{number}", {}, _EVENT) for number in range(3)]
    return Plan(port=port, connections=4, seconds=0.3, warm_up_seconds=0.1, requests=posts, keyed=keyed)


def test_what_it_counts_is_what_the_server_got(sink: int) -> None:
    sample, answers = load(_plan(sink, keyed=True), expect=204, trees={})

    assert answers == ask(sink, "GET", "/count").json()
    assert 0 < sample.per_second * 0.3 < answers
    assert 0 < sample.p50_ms <= sample.p99_ms


def test_every_request_of_the_plan_is_sent(sink: int) -> None:
    load(_plan(sink), expect=204, trees={})

    received: Any = ask(sink, "GET", "/received").json()

    assert {delivery["path"] for delivery in received} == {"/hook0", "/hook1", "/hook2"}


def test_another_answer_than_the_expected_one_fails_the_bench(sink: int) -> None:
    with pytest.raises(BenchFailed, match="all should have been 201"):
        load(_plan(sink), expect=201, trees={})


def test_a_server_that_is_not_there_fails_the_bench() -> None:
    with pytest.raises(BenchFailed, match="broken connections 4"):
        load(_plan(first_free_port(31750)), expect=204, trees={})


def test_a_key_is_sent_once() -> None:
    async def first(count: int) -> list[bytes | None]:
        sending = Load(_plan(1, keyed=True))
        return [sending.next_request() for _ in range(count)]

    keys = [_key(sent) for sent in asyncio.run(first(10))]

    assert len(set(keys)) == 10


def _key(sent: bytes | None) -> bytes:
    assert sent is not None
    return sent.partition(b"\r\nIdempotency-Key: ")[2].partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("received", "answer"),
    [
        (b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", (201, False)),
        (b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{", None),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n", None),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", (304, False)),
        (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", (204, True)),
    ],
)
def test_an_answer_is_whole_when_its_length_is_here(received: bytes, answer: tuple[int, bool] | None) -> None:
    assert whole_answer(received) == answer


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="without a length"):
        whole_answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")


def test_quantiles_are_values_that_were_seen() -> None:
    assert [quantile([1.0, 2.0, 3.0, 4.0], share) for share in (0, 0.5, 0.99)] == [1.0, 3.0, 4.0]
    assert quantile([], 0.5) == 0.0
