from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.processes.child import Child
from tests.support.api import ApiClient, TestTenant
from tests.support.processes import live_stream
from tests.support.stock import Given
from tests.support.streams import Stream, close_streams, open_stream

FAST = {"DJANGO_SETTINGS_MODULE": "tests.faults.stream.fast_settings", "STREAM_MAX_CLIENTS": "300"}


@dataclass(frozen=True, slots=True)
class Streaming:
    """A process that streams."""

    base: str
    child: Child

    def open(self, client: ApiClient, query: str = "", *, last_id: str | None = None, **more: int) -> Stream:
        """Open a stream that begins."""
        stream = open_stream(self.base, client.token, query, last_id=last_id, **more)
        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream"), stream.body
        return stream


@pytest.fixture(scope="module")
def streaming() -> Iterator[Streaming]:
    """Return a stream process whose times are short."""
    with live_stream(FAST) as (base, child):
        yield Streaming(base, child)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    close_streams()


@pytest.fixture
def given(tenant: TestTenant) -> Given:
    """Return the test's tenant with nothing in it yet."""
    return Given(tenant)
