"""A live system for readers: the API and a dispatcher, and for each reader a tenant like the sandbox's first."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.outbox.models import OutboxMessage
from apps.outbox.unit_of_work import as_tenant
from sandbox.credentials import Credentials
from sandbox.embedded.ports import first_free_port
from sandbox.processes.identity import identify
from sandbox.seed.catalogue import TENANTS
from sandbox.seed.clients import Role, ensure_client, new_tenant
from sandbox.seed.file import write_credentials
from sandbox.seed.stock import fill
from sandbox.state_dir import StateDir
from sandbox.supervisor.state import State, write_state
from tests.support.api import TestTenant
from tests.support.processes import child, live_api, live_stream
from tests.support.snippets.reader import Reader

_RECEIVER_PORT = 28910
# The stream of each live system, by its API.
_stream_beside: dict[str, str] = {}


@contextmanager
def live_system() -> Iterator[str]:
    """Serve the API and deliver webhooks for the length of the block; yields the API's address."""
    with (
        live_stream() as (stream, _),
        live_api(workers=1, env={"STREAM_URL": stream}) as base,
        child(("python", "manage.py", "dispatch"), {"PUBLIC_URL": base}),
    ):
        _stream_beside[base] = stream
        yield base


def new_reader(place: Path, base: str) -> Reader:
    """Return a reader who has a fresh sandbox: its first tenant, with the clients in the environment."""
    seed = TENANTS[0]
    tenant = new_tenant(seed.name)
    TestTenant.made.append(tenant.pk)
    fill(tenant.pk, seed)
    _wait_for_relay(tenant.pk)
    roles = (Role("operator"), Role("supplier", seed.supplier), Role("retailer", seed.partner))
    credentials = Credentials(principals=tuple(ensure_client(tenant, role, ()) for role in roles))
    state_dir = _running(place, base, credentials)
    environment = {
        "STOCKWIRE_API": base,
        "STOCKWIRE_STREAM": _stream_beside[base],
        "STOCKWIRE_STATE_DIR": str(state_dir.root),
        # A reader of the guides has the packages at hand, whoever started the tests.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for principal in credentials.principals:
        prefix = f"STOCKWIRE_{principal.party.upper()}"
        environment |= {f"{prefix}_ID": principal.client_id, f"{prefix}_SECRET": principal.client_secret}
    reader = Reader(place=place, environment=environment, receiver_port=first_free_port(_RECEIVER_PORT + _worker()))
    reader.save_files()
    return reader


def _wait_for_relay(tenant_id: int) -> None:
    """Return when the opening stock is news no more, as it is to whoever comes to a sandbox that is up."""
    pause = threading.Event()
    for _ in range(300):
        with as_tenant(tenant_id):
            waiting = OutboxMessage.objects.filter(tenant_id=tenant_id).count()
        if waiting == 0:
            return
        pause.wait(0.05)
    message = f"{waiting} events wait for a relay that does not come."
    raise AssertionError(message)


def _running(place: Path, base: str, credentials: Credentials) -> StateDir:
    """Let `manage.py status` find the live system as it finds one that `make up` started."""
    state_dir = StateDir(place / ".data")
    write_credentials(state_dir.credentials, credentials)
    supervisor = identify(os.getpid())
    assert supervisor is not None
    urls = {"api": base, "stream": _stream_beside[base], "docs": f"{base}/docs", "admin": f"{base}/admin/"}
    write_state(state_dir, State(supervisor=supervisor, started_at="now", ready=True, urls=urls))
    return state_dir


def _worker() -> int:
    """Return a number of this worker's own, ten apart, so that two never choose the same port."""
    return 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
