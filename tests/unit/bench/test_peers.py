"""The peers are right: a ratio to something that loses stock or keys would be worth nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from bench.bare import statement
from bench.http import Got, ask
from bench.stage import starlette_command, typical_command, typical_environment
from sandbox.embedded.ports import first_free_port
from sandbox.state_dir import CHECKOUT
from tests.support.servers import published_servers, with_path
from tests.unit.bench.serving import serving

_SALE = {"type": "sale", "quantity": 1, "reference": "ORD09876"}


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer that serves, and how its books are read."""

    port: int
    database_url: str
    path: str
    item: str
    headers: dict[str, str]
    balance: str
    ledger: str

    def sell(self, quantity: int, key: str, *, expect: int) -> Got:
        body = json.dumps(_SALE | {"item": 1, "quantity": quantity} if self.headers else _SALE | {"quantity": quantity})
        headers = self.headers | {"Content-Type": "application/json", "Idempotency-Key": key}
        return ask(self.port, "POST", self.path, headers=headers, body=body.encode(), expect=expect)

    def books(self) -> tuple[int, int]:
        """Return what is on hand of the first item, and how much the ledger took from it."""
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(f"SELECT ({self.balance}), ({self.ledger})".encode()).fetchone()
        assert row is not None
        return row[0], row[1]


@pytest.fixture
def database_url() -> Iterator[str]:
    """Yield the URL of a new, empty database."""
    maintenance = published_servers().maintenance_url
    name = f"stockwire_bench_{uuid4().hex[:12]}"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield with_path(maintenance, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def starlette(database_url: str) -> Iterator[Peer]:
    with psycopg.connect(database_url) as connection:
        connection.execute(statement.SCHEMA)
        connection.execute(statement.FILL.encode())
    port = first_free_port(31800)
    with serving(starlette_command(port), port, "/items/1", env={"BARE_DATABASE_URL": database_url}):
        yield Peer(
            port=port,
            database_url=database_url,
            path="/items/1/movements",
            item="/items/1",
            headers={},
            balance="SELECT on_hand FROM stock_level WHERE id = 1",
            ledger="SELECT -COALESCE(sum(change), 0)::bigint FROM ledger WHERE stock_id = 1",
        )


@pytest.fixture
def typical(database_url: str) -> Iterator[Peer]:
    servers = published_servers()
    environment = typical_environment(
        database_url=database_url, redis_url=servers.redis_url, secret_key=servers.secret_key
    )
    filling = (sys.executable, "-m", "bench.typical.fill", "http://127.0.0.1:1", "1")
    token = subprocess.run(filling, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True).stdout
    port = first_free_port(31850)
    with serving(typical_command(port), port, "/items/1/", expect=401, env=environment):
        yield Peer(
            port=port,
            database_url=database_url,
            path="/movements/",
            item="/items/1/",
            headers={"Authorization": f"Bearer {token}"},
            balance="SELECT on_hand FROM typical_item WHERE id = 1",
            ledger="SELECT COALESCE(sum(quantity), 0)::bigint FROM typical_movement WHERE item_id = 1",
        )


@pytest.mark.parametrize("name", ["starlette", "typical"])
def test_a_peer_books_once_a_key_and_never_below_nothing(name: str, request: pytest.FixtureRequest) -> None:
    peer: Peer = request.getfixturevalue(name)

    first = peer.sell(3, "key-1", expect=201).json()
    again = peer.sell(3, "key-1", expect=200).json()
    peer.sell(statement.OPENING, "key-2", expect=409)
    item = ask(peer.port, "GET", peer.item, headers=peer.headers).json()

    assert isinstance(first, dict)
    assert isinstance(again, dict)
    assert isinstance(item, dict)
    assert peer.books() == (statement.OPENING - 3, 3)
    assert item["on_hand"] == statement.OPENING - 3
    assert item["version"] == 2
    # The refused sale has left its key free.
    peer.sell(1, "key-2", expect=201)
    assert peer.books() == (statement.OPENING - 4, 4)
