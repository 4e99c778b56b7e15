"""pytest plugin, loaded with `-p tests.support.cluster`: real servers, and one database for every worker.

The controller (or a run without xdist) starts PostgreSQL and Valkey and makes the template; every worker copies it.
All of it happens before Django's settings are imported, because they read the environment at import.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest
import redis

from sandbox.errors import SandboxError
from tests.support.servers import Servers, obtain_servers, published_servers, with_path
from tests.support.template import copy_template, ensure_template

_PLAIN_RUN = "main"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Have the environment ready before pytest-django imports the settings."""
    asked = early_config.known_args_namespace
    if not (asked.help or asked.version):
        worker = os.environ.get("PYTEST_XDIST_WORKER")
        if worker is None:
            _prepare_run(early_config)
        _use_database(published_servers(), worker=worker or _PLAIN_RUN)
    return (yield)


def _prepare_run(config: pytest.Config) -> None:
    cleanup = ExitStack()
    # Runs at the end of the session, after Ctrl-C, and when pytest fails before its first test.
    config.add_cleanup(cleanup.close)
    try:
        servers = obtain_servers(os.environ, cleanup=cleanup)
        servers.publish()
        ensure_template(servers)
    except (SandboxError, RuntimeError) as error:
        raise pytest.UsageError(str(error)) from error


def _use_database(servers: Servers, *, worker: str) -> None:
    """Make this worker's database, empty its Valkey database, and point the environment at both."""
    database = f"stockwire_test_{worker}"
    copy_template(servers, database)
    number = 0 if worker == _PLAIN_RUN else int(worker.removeprefix("gw")) + 1
    redis_url = with_path(servers.redis_url, str(number))
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    os.environ.update(servers.urls(database))
    os.environ.update(
        REDIS_URL=redis_url,
        SECRET_KEY=servers.secret_key,
        WEBHOOK_ALLOW_PRIVATE="1",
        PUBLIC_URL="http://testserver",
        # Said here so that the `.data/env` of a running sandbox does not decide it.
        ALLOWED_HOSTS="testserver,localhost,127.0.0.1,[::1]",
    )
