"""pytest plugin, loaded with `-p tests.support.fixtures`: registers the fixtures once Django is ready for their imports."""

import pytest

pytest.register_assert_rewrite("tests.support.resource_rules", "tests.factories.master_data")


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures. A plugin named with `-p` is imported before the settings and the database exist."""
    config.pluginmanager.import_plugin("tests.support.tenants")
