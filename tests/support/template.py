"""The migrated template database, and the copies the workers test on."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from sandbox.state_dir import CHECKOUT
from tests.support.servers import Servers

TEMPLATE = "stockwire_template"
_UNFINISHED = f"{TEMPLATE}_unfinished"
# What decides how a migrated database looks.
_SOURCES = (
    "apps/**/migrations/*.py",
    "apps/**/*.sql",
    "apps/**/models.py",
    "apps/**/models/**/*.py",
    "apps/**/schema.py",
    "apps/**/management/commands/*.py",
    "config/settings.py",
    "requirements.lock",
)
_ADVISORY_LOCK = 0x53544F434B  # "STOCK": two runs on one server must not build the template at the same time


def ensure_template(servers: Servers) -> None:
    """Make `stockwire_template` by provision_roles and migrate, unless the one there has the same sources.

    Raises RuntimeError with the command's output when one of them fails.
    """
    key = _key(servers)
    with _maintenance(servers) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_ADVISORY_LOCK,))
        if _comment_of_template(connection) == key:
            return
        _drop(connection, _UNFINISHED)
        _create_empty(connection, _UNFINISHED, servers)
        for command in ("provision_roles", "migrate"):
            manage(servers, _UNFINISHED, command)
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(_UNFINISHED), sql.Literal(key))
        )
        _drop(connection, TEMPLATE)
        _execute(connection, "ALTER DATABASE {} RENAME TO {}", _UNFINISHED, TEMPLATE)


def copy_template(servers: Servers, database: str) -> None:
    """Make `database` afresh as a copy of the template, owned by the tables' owner."""
    with _maintenance(servers) as connection:
        _drop(connection, database)
        _execute(connection, "CREATE DATABASE {} TEMPLATE {} OWNER {}", database, TEMPLATE, _owner(servers))


@contextmanager
def empty_database(servers: Servers, database: str) -> Iterator[None]:
    """Have an empty database of the tables' owner, without a single migration, for the length of the block."""
    with _maintenance(servers) as connection:
        _create_empty(connection, database, servers)
        try:
            yield
        finally:
            _drop(connection, database)


def manage(servers: Servers, database: str, *arguments: str) -> None:
    """Run a command of manage.py on a database. Raises RuntimeError with its output when it fails."""
    environment = {**os.environ, **servers.urls(database), "SECRET_KEY": servers.secret_key}
    argv = (sys.executable, str(Path(CHECKOUT) / "manage.py"), *arguments)
    result = subprocess.run(argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        message = f"manage.py {arguments} ended with code {result.returncode}:\n{result.stdout}{result.stderr}"
        raise RuntimeError(message)


def _create_empty(connection: psycopg.Connection, database: str, servers: Servers) -> None:
    _drop(connection, database)
    _execute(connection, "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'", database, _owner(servers))


def _key(servers: Servers) -> str:
    digest = hashlib.sha256(repr((servers.urls(""), servers.secret_key)).encode())
    for path in sorted({path for pattern in _SOURCES for path in CHECKOUT.glob(pattern)}):
        digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _maintenance(servers: Servers) -> Iterator[psycopg.Connection]:
    with psycopg.connect(servers.maintenance_url, autocommit=True, connect_timeout=5) as connection:
        yield connection


def _comment_of_template(connection: psycopg.Connection) -> str | None:
    statement = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    row = connection.execute(statement, (TEMPLATE,)).fetchone()
    return None if row is None else row[0]


def _drop(connection: psycopg.Connection, database: str) -> None:
    _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", database)


def _execute(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _owner(servers: Servers) -> str:
    return urlsplit(servers.owner_url).username or ""
