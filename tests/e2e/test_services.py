"""Every service of docker-compose.yml by its exact command line, outside Docker, from an empty database on.

Only this differs from the file: the hosts, ports and passwords of the two servers (and with them SECRET_KEY, from which
a role's password follows), the ports 8000 and 9100, /tmp, and WEBHOOK_ALLOW_PRIVATE, because the receiver is on loopback.
"""

import json
import os
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from sandbox.embedded.ports import first_free_port
from sandbox.processes.child import Child
from sandbox.state_dir import CHECKOUT
from sandbox.supervisor.health import why_not_healthy
from tests.faults.webhooks.receiver import receiving
from tests.support.containers import dockerfile_words, path_of_this_python, service
from tests.support.metrics import value
from tests.support.processes import child
from tests.support.servers import published_servers
from tests.support.streams import open_stream

_HOST = "stock.example.com"
_TMP = "/tmp/"  # noqa: S108 -- the container's own
_TOKEN = "a-token-for-the-metrics-of-this-test"


@dataclass(frozen=True, slots=True)
class Stack:
    """One installation: an empty database of its own, and what its services' words become here."""

    port: int
    scratch: Path
    environment: dict[str, str]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def here(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words with this machine's port and scratch directory in them."""
        ports = {"8000": str(self.port), "8001": str(self.port + 2)}
        return tuple(
            ports.get(word, word.replace("8000", ports["8000"])).replace(_TMP, f"{self.scratch}/") for word in words
        )

    def environment_of(self, name: str) -> dict[str, str]:
        """Return a service's environment; the file's own names, this machine's values."""
        written = service(name, {"SECRET_KEY": "set", "POSTGRES_PASSWORD": "set", "ALLOWED_HOSTS": _HOST}).environment
        listen = {"METRICS_LISTEN": f"127.0.0.1:{self.port + 1}"} if "METRICS_LISTEN" in written else {}
        assert set(self.environment) - set(written) == {"PATH", "WEBHOOK_ALLOW_PRIVATE", "TMPDIR"}
        return {**written, **self.environment, **listen}

    @contextmanager
    def running(self, name: str) -> Iterator[Child]:
        """Run a service for the length of the block; at the end SIGTERM, its grace, and exit code 0."""
        found = service(name, {"SECRET_KEY": "set", "POSTGRES_PASSWORD": "set"})
        log = self.scratch / f"{name}.log"
        with child(self.here(found.command), env=self.environment_of(name), name=name, log=log) as started:
            yield started
            os.kill(started.pid, signal.SIGTERM)
            try:
                code = started.process.wait(found.grace_seconds)
            except subprocess.TimeoutExpired:
                code = None
            assert (name, code) == (name, 0), log.read_text()[-3000:]

    def once(self, *words: str) -> str:
        """Run a command in the api's environment to its end and return what it printed."""
        return self._run(words, "api")

    def migrate(self) -> None:
        """Run the one-shot service."""
        self._run(service("migrate", {"SECRET_KEY": "set", "POSTGRES_PASSWORD": "set"}).command, "migrate")

    def health(self) -> int:
        """Return the exit code of the image's own health check."""
        words = self.here(dockerfile_words("HEALTHCHECK"))
        ended = subprocess.run(words, env={**os.environ, **path_of_this_python()}, capture_output=True, check=False)
        return ended.returncode

    def _run(self, words: tuple[str, ...], name: str) -> str:
        environment = {**os.environ, **self.environment_of(name)}
        ended = subprocess.run(words, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Return an installation whose database is empty, and drop the database afterwards."""
    servers = published_servers()
    name = f"{urlsplit(settings.DATABASE_URL).path[1:]}_services"
    owner = urlsplit(servers.owner_url).username or ""
    identifiers = sql.Identifier(name), sql.Identifier(owner)
    with psycopg.connect(servers.maintenance_url, autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifiers[0]))
        maintenance.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(*identifiers)
        )
        port = first_free_port(30_500)
        environment = {
            **servers.urls(name),
            **path_of_this_python(),
            "SECRET_KEY": servers.secret_key,
            "REDIS_URL": settings.REDIS_URL,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": _HOST,
            "METRICS_TOKEN": _TOKEN,
            "WEBHOOK_ALLOW_PRIVATE": "1",
            "TMPDIR": str(tmp_path),
        }
        yield Stack(port, tmp_path, environment)
        maintenance.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifiers[0]))


def _wait_until_ready(base: str) -> None:
    pause = threading.Event()
    for _ in range(400):
        reason = why_not_healthy(base, "/readyz")
        if reason is None:
            return
        pause.wait(0.05)
    raise AssertionError(reason)


def _wait_for_attempts(scrape: urllib.request.Request, count: int) -> None:
    """Return once the dispatcher has counted as many successful attempts: its receiver knows of them a little before."""
    pause = threading.Event()
    for _ in range(200):
        with urllib.request.urlopen(scrape, timeout=10) as answer:  # noqa: S310
            counted = value(answer.read().decode(), "stockwire_webhook_attempts_total", outcome="succeeded")
        if counted == count:
            return
        pause.wait(0.05)
    raise AssertionError(counted)


class _Caller:
    """The new tenant's operator, over HTTP."""

    def __init__(self, base: str, client: dict[str, Any]) -> None:
        self._base = base
        form = (
            f"grant_type=client_credentials&client_id={client['clientId']}&client_secret={client['clientSecret']}"
            f"&scope={'+'.join(client['scopes'])}"
        )
        self.token = self._send("/oauth/token", form.encode(), {})["access_token"]

    def post(self, path: str, body: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{path}{json.dumps(body)}".replace(" ", "")[:255],
        }
        return self._send(path, json.dumps(body).encode(), headers)

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(self._base + path, body, headers)  # noqa: S310 -- our own server
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


def test_the_whole_system_comes_up_delivers_and_ends_by_the_words_of_the_compose_file(stack: Stack) -> None:
    assert stack.health() != 0
    stack.migrate()
    with receiving() as receiver, stack.running("api"):
        _wait_until_ready(stack.base)
        assert stack.health() == 0
        tenant = json.loads(stack.once("python", "manage.py", "tenant", "create", "Acme", "--code", "acme", "--json"))
        words = ("python", "manage.py", "client", "create", "--tenant", tenant["code"], "--party", "operator", "--json")
        caller = _Caller(stack.base, json.loads(stack.once(*words)))
        caller.post("/v1/suppliers", {"supplierId": "S1", "name": "x"})
        caller.post("/v1/products", {"productId": "P1", "sku": "P1", "name": "x"})
        caller.post("/v1/warehouses", {"warehouseId": "W1", "name": "x"})
        hook = caller.post("/v1/webhooks", {"url": receiver.url(), "eventTypes": ["inventory.updated"]})

        def receive(quantity: int) -> None:
            caller.post("/v1/inventory/S1/P1", {"type": "receipt", "quantity": quantity, "warehouseLocation": "W1"})

        with stack.running("worker"), stack.running("beat"):
            receive(3)
            payload = receiver.wait_for(1, seconds=30)[0].verified(hook["secret"])
            assert (payload["tenantid"], payload["data"]["inventoryLevel"]) == ("acme", 3)
            scrape = urllib.request.Request(f"http://127.0.0.1:{stack.port + 1}/metrics")
            scrape.add_header("Authorization", f"Bearer {_TOKEN}")
            _wait_for_attempts(scrape, 1)
        with stack.running("stream"):
            _wait_until_ready(f"http://127.0.0.1:{stack.port + 2}")
            stream = open_stream(f"http://127.0.0.1:{stack.port + 2}", caller.token)
            assert next(stream.blocks()).id
            receive(4)
            with stack.running("dispatch"):
                payload = receiver.wait_for(2, seconds=30)[1].verified(hook["secret"])
                assert payload["data"]["inventoryLevel"] == 7
                assert stream.events(1, seconds=30) == [payload]
            stream.close()
        books = json.loads(stack.once("python", "manage.py", "check_books", "--json"))
    assert books["balanced"] is True
    assert [(each["tenant"], each["items"], each["ledgerLines"]) for each in books["tenants"]] == [("acme", 1, 2)]
