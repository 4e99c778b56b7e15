"""Two thousand clients of one stream process: what they cost idle, and how long an event takes to reach them all."""

import select
import time
from importlib.metadata import version

from tests.prove.report import write_report
from tests.support.api import TestTenant
from tests.support.listeners import listeners, resident_kilobytes
from tests.support.processes import live_stream
from tests.support.stock import Given, relay
from tests.support.streams import Stream

_CLIENTS = 2000
_ROUNDS = 20
_KILOBYTES_EACH = 64


def test_two_thousand_idle_clients(tenant: TestTenant) -> None:
    given = Given(tenant)
    item = given.stocked(1000)
    relay()
    with live_stream() as (base, child):
        with listeners(base, tenant.operator.token, 50) as few:
            assert len(few) == 50
        empty = resident_kilobytes(child)
        started = time.perf_counter()
        with listeners(base, tenant.operator.token, _CLIENTS) as streams:
            connected = time.perf_counter() - started
            idle = resident_kilobytes(child)
            seconds = []
            for number in range(_ROUNDS):
                item.posted("sale", 1)
                relay()
                seconds.append(_until_all_are_told(streams, sequence=str(number + 2)))
            busy = resident_kilobytes(child)
    each = (idle - empty) / _CLIENTS
    assert each <= _KILOBYTES_EACH
    write_report(
        "stream",
        said="One stream process, idle clients of one tenant: memory, and from a relayed event to the last client.",
        numbers={
            "clients": _CLIENTS,
            "resident KiB before": empty,
            "resident KiB with idle clients": idle,
            "KiB for each idle client": round(each, 1),
            "resident KiB after the events": busy,
            "seconds to connect all, one after another": round(connected, 1),
            "events to all": _ROUNDS,
            "seconds until the last client had it, median": round(sorted(seconds)[_ROUNDS // 2], 3),
            "seconds until the last client had it, longest": round(max(seconds), 3),
            "Granian": version("granian"),
        },
    )


def _until_all_are_told(streams: list[Stream], *, sequence: str) -> float:
    started = time.perf_counter()
    waiting = {stream.connection.fileno(): stream for stream in streams}
    poll = select.poll()
    for number in waiting:
        poll.register(number, select.POLLIN)
    while waiting:
        ready = poll.poll(30_000)
        assert ready, f"{len(waiting)} clients were told nothing"
        for number, _ in ready:
            (told,) = waiting[number].events(1)
            assert told["sequence"] == sequence
            poll.unregister(number)
            del waiting[number]
    return time.perf_counter() - started
