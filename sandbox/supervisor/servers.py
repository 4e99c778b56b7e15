"""Which servers are ours to run, and the URLs that lead to them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.embedded.accounts import account_for_servers
from sandbox.embedded.bootstrap import DATABASE, OWNER, bootstrap
from sandbox.embedded.discovery import find_postgres, find_valkey
from sandbox.embedded.launch import Launched, launch
from sandbox.embedded.place import data_directory, reachable, shared_place
from sandbox.embedded.ports import LOOPBACK
from sandbox.embedded.postgres import PostgresServer
from sandbox.embedded.valkey import ValkeyServer
from sandbox.processes.child import Child, Pause
from sandbox.state_dir import StateDir
from sandbox.supervisor.secrets_file import Secrets

WEB = "stockwire_web"


@dataclass(frozen=True, slots=True)
class Started:
    """A server that answers, the variables that lead to it, and one line about it."""

    child: Child
    variables: Mapping[str, str]
    detail: str


def postgres_server(state_dir: StateDir, secrets: Secrets, *, environ: Mapping[str, str]) -> PostgresServer:
    """Return the embedded PostgreSQL with its cluster made; raises what discovery and initdb raise."""
    account, place = account_for_servers(), shared_place()
    binaries = reachable(find_postgres(environ), account=account, place=place)
    data = data_directory("postgres", state=state_dir.root, account=account, place=place)
    log = state_dir.log("postgres")
    server = PostgresServer(binaries=binaries, data=data, log=log, account=account, password=secrets.superuser)
    server.prepare()
    return server


def valkey_server(state_dir: StateDir, secrets: Secrets, *, environ: Mapping[str, str]) -> ValkeyServer:
    """Return the embedded Valkey with its data directory made."""
    account, place = account_for_servers(), shared_place()
    binaries = reachable(find_valkey(environ), account=account, place=place)
    data = data_directory("valkey", state=state_dir.root, account=account, place=place)
    log = state_dir.log("valkey")
    server = ValkeyServer(binaries=binaries, data=data, log=log, account=account, password=secrets.valkey)
    server.prepare()
    return server


def start_postgres(server: PostgresServer, secrets: Secrets, *, pause: Pause) -> Started:
    """Start PostgreSQL, make the owner's role and database, and return the two database URLs."""
    launched = launch(server, pause=pause)
    try:
        bootstrap(server.url(launched.port), owner_password=secrets.owner)
    except BaseException:
        launched.child.kill()
        raise
    address = f"{LOOPBACK}:{launched.port}/{DATABASE}"
    variables = {
        "DATABASE_URL": f"postgresql://{WEB}:{secrets.web}@{address}",
        "DATABASE_OWNER_URL": f"postgresql://{OWNER}:{secrets.owner}@{address}",
    }
    return Started(child=launched.child, variables=variables, detail=_detail("PostgreSQL", server, launched))


def start_valkey(server: ValkeyServer, *, pause: Pause) -> Started:
    """Start Valkey and return its URL."""
    launched = launch(server, pause=pause)
    variables = {"REDIS_URL": server.url(launched.port)}
    return Started(child=launched.child, variables=variables, detail=_detail("Valkey", server, launched))


def _detail(product: str, server: PostgresServer | ValkeyServer, launched: Launched) -> str:
    account = "" if server.account is None else f", as {server.account.name}"
    where = f"{server.binaries.origin}{account}, data in {server.data}"
    return f"{product} {server.binaries.version} on {LOOPBACK}:{launched.port} ({where})"
