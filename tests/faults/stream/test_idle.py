"""What clients cost that do nothing but listen."""

from tests.faults.stream.conftest import FAST
from tests.support.listeners import listeners, resident_kilobytes
from tests.support.processes import live_stream
from tests.support.stock import Given, relay

_CLIENTS = 200
# About 30 were measured with 2,000 clients; what a process of Python takes in steps weighs more with fewer.
_KILOBYTES_EACH = 64


def test_two_hundred_idle_clients_cost_little_and_are_all_told(given: Given) -> None:
    item = given.stocked(10)
    relay()
    token = given.tenant.operator.token
    with live_stream(FAST) as (base, child):
        with listeners(base, token, 20) as few:
            assert len(few) == 20  # threads, pools and code are there: from here on only clients cost
        before = resident_kilobytes(child)
        with listeners(base, token, _CLIENTS) as streams:
            each = (resident_kilobytes(child) - before) / _CLIENTS
            item.posted("sale", 1)
            relay()
            told = [stream.events(1)[0]["sequence"] for stream in streams]
    assert told == ["2"] * _CLIENTS
    assert each <= _KILOBYTES_EACH
