from collections.abc import Iterator

import pytest

from tests.support.snippets.sandbox import live_system


@pytest.fixture(scope="session")
def live() -> Iterator[str]:
    """Serve the API and deliver webhooks while this worker's end-to-end tests run."""
    with live_system() as base:
        yield base
