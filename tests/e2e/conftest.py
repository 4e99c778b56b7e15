from collections.abc import Iterator

import pytest

from tests.support.snippets.sandbox import live_system


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    """Serve the API and deliver webhooks while a module's tests run; longer, it would deliver for other tests' own."""
    with live_system() as base:
        yield base
