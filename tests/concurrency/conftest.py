"""The real API, two processes of it, and many callers at the same moment."""

from collections.abc import Iterator

import pytest

from tests.support.api import TestTenant
from tests.support.crowd import Crowd, assert_every_reply_stands
from tests.support.interleaving import Hold, holding
from tests.support.processes import live_api
from tests.support.stock import Given


@pytest.fixture(scope="session")
def live() -> Iterator[tuple[str, str]]:
    """Serve the API on this worker's database while its tests of concurrency run: two processes, each at its port.

    Both call themselves by one name, as processes behind one address do.
    """
    name = {"PUBLIC_URL": "http://testserver"}
    with live_api(workers=1, env=name) as first, live_api(workers=1, env=name) as second:
        yield first, second


@pytest.fixture
def crowd(live: tuple[str, str]) -> Iterator[Crowd]:
    """Return callers of the live API. Whatever they heard stands at the end, also from the other process."""
    callers = Crowd(live[0], live[1:])
    yield callers
    assert_every_reply_stands(callers)


@pytest.fixture
def given(tenant: TestTenant) -> Given:
    """Return the tenant, ready to be given stock."""
    return Given(tenant)


@pytest.fixture
def hold(tenant: TestTenant) -> Iterator[Hold]:
    """Return a second road to the database, by which a test holds a transaction where it wants it."""
    with holding(tenant.id) as held:
        yield held
