"""Finding, placing and starting the servers."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from sandbox.embedded.accounts import account_for_servers
from sandbox.embedded.bootstrap import bootstrap
from sandbox.embedded.discovery import find_postgres
from sandbox.embedded.launch import launch
from sandbox.embedded.place import data_directory, open_place, reachable
from sandbox.embedded.ports import LOOPBACK, first_free_port, is_free
from sandbox.embedded.postgres import PostgresServer
from sandbox.errors import NoFreePort, NoServerFound, PasswordsLost, ServerFailed, UnsafePlace, WrongMajor
from sandbox.processes.child import stop_all


@pytest.fixture
def place() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="stockwire-test-", dir="/var/tmp"))
    parent.chmod(0o711)
    yield parent / "place"
    shutil.rmtree(parent)


@pytest.fixture
def server(tmp_path: Path, place: Path) -> PostgresServer:
    """A cluster whose state directory is closed to others, as in a 0700 home: pytest's directories are."""
    account = account_for_servers()
    server = PostgresServer(
        binaries=reachable(find_postgres(), account=account, place=place),
        data=data_directory("postgres", state=tmp_path, account=account, place=place),
        log=tmp_path / "postgres.log",
        account=account,
        password="first",
        durable=False,
        preferred_port=31432,
    )
    server.prepare()
    return server


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server((LOOPBACK, first_free_port(31000))) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert first_free_port(port) > port


def test_no_port_at_or_above_the_ephemeral_ones_is_chosen() -> None:
    with pytest.raises(NoFreePort):
        first_free_port(32767, avoid={32767})


def test_an_unknown_major_is_refused_with_the_remedy() -> None:
    with pytest.raises(NoServerFound, match="apt-get install postgresql-99"):
        find_postgres({**os.environ, "STOCKWIRE_PG_MAJOR": "99"})


def test_a_place_that_others_may_write_to_is_refused(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(UnsafePlace):
        open_place(place)


def test_a_place_that_is_a_link_is_refused(place: Path, tmp_path: Path) -> None:
    place.symlink_to(tmp_path)
    with pytest.raises(UnsafePlace):
        open_place(place)


def test_postgres_serves_a_restricted_owner_in_a_closed_directory(server: PostgresServer) -> None:
    launched = launch(server)
    try:
        for _ in range(2):  # safe to repeat
            bootstrap(server.url(launched.port), owner_password="secret")
        url = f"postgresql://stockwire_owner:secret@{LOOPBACK}:{launched.port}/stockwire"
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolcreaterole, rolbypassrls, pg_get_userbyid(datdba),"
                " current_setting('data_checksums'), current_setting('listen_addresses'), 'a' COLLATE \"default\" > 'B'"
                " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
            ).fetchone()
        assert row == (False, True, False, "stockwire_owner", "on", LOOPBACK, True)
        with pytest.raises(PasswordsLost):
            replace(server, password="second").why_not_ready(launched.port)
    finally:
        stop_all([launched.child])
    assert launched.child.exit_code() == 0
    assert is_free(launched.port)


def test_a_cluster_of_another_major_is_refused_and_not_touched(server: PostgresServer) -> None:
    (server.data / "PG_VERSION").write_text("14\n", encoding="ascii")
    files = sorted(path.name for path in server.data.iterdir())
    with pytest.raises(WrongMajor, match="pg_dump"):
        server.prepare()
    assert sorted(path.name for path in server.data.iterdir()) == files


def test_a_stale_pid_file_of_a_stranger_does_not_stop_the_start(server: PostgresServer) -> None:
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n", encoding="ascii")
    server.prepare()
    launched = launch(server)
    stop_all([launched.child])
    assert launched.child.exit_code() == 0


def test_a_server_that_ends_while_starting_is_reported_with_its_log(server: PostgresServer) -> None:
    (server.data / "global" / "pg_control").unlink()
    with pytest.raises(ServerFailed, match="could not find the database system"):
        launch(server)
