"""Fixtures of tests that need the database: every test makes its own tenant and cleans nothing.

No rollback hides what a commit does, and tests of one database do not see each other behind row level security.
"""

import pytest
from pytest_django import DjangoDbBlocker

from tests.support.api import TestTenant


@pytest.fixture(scope="session", autouse=True)
def database_access(django_db_blocker: DjangoDbBlocker) -> None:
    """Let tests reach the database that the environment names, as the application's own role.

    To the end of the process: its threads may write what the last test left them after it.
    """
    django_db_blocker.unblock()


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> TestTenant:
    """Return a fresh tenant."""
    return TestTenant(request.node.name[:200])


@pytest.fixture
def other_tenant(request: pytest.FixtureRequest) -> TestTenant:
    """Return a second fresh tenant, which must notice nothing of the first."""
    return TestTenant(f"other than {request.node.name[:200]}")
