"""The servers of one test run: given from outside, or embedded and not durable."""

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from sandbox.embedded.accounts import account_for_servers
from sandbox.embedded.bootstrap import OWNER, bootstrap
from sandbox.embedded.discovery import find_postgres, find_valkey
from sandbox.embedded.launch import launch
from sandbox.embedded.place import data_directory, reachable, shared_place
from sandbox.embedded.ports import LOOPBACK
from sandbox.embedded.postgres import PostgresServer
from sandbox.embedded.valkey import ValkeyServer
from sandbox.processes.child import stop_all
from sandbox.state_dir import StateDir
from sandbox.supervisor.env_file import has_own_database
from sandbox.supervisor.secrets_file import load_secrets
from sandbox.supervisor.servers import WEB
from tests.support.slots import take_slot

_VARIABLE = "STOCKWIRE_TEST_SERVERS"
# Away from the preferred ports of `make up`: both may run at the same time.
_POSTGRES_PORT, _VALKEY_PORT = 29432, 29379


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are. `maintenance_url` may create databases; the others name a database to be replaced."""

    maintenance_url: str
    database_url: str
    owner_url: str
    redis_url: str
    secret_key: str

    def publish(self) -> None:
        """Put them into the environment, for the xdist workers to inherit."""
        os.environ[_VARIABLE] = json.dumps(asdict(self))

    def urls(self, database: str) -> dict[str, str]:
        """Return the variables that lead to `database`."""
        return {
            "DATABASE_URL": with_path(self.database_url, database),
            "DATABASE_OWNER_URL": with_path(self.owner_url, database),
        }


def published_servers() -> Servers:
    """Return the servers that the controller published."""
    return Servers(**json.loads(os.environ[_VARIABLE]))


def with_path(url: str, path: str) -> str:
    """Return `url` with another database name or number."""
    return urlsplit(url)._replace(path=f"/{path}").geturl()


def obtain_servers(environ: Mapping[str, str], *, cleanup: ExitStack) -> Servers:
    """Return running servers; those started here end with `cleanup`. Raises SandboxError with the remedy."""
    own_database, own_redis = has_own_database(environ), bool(environ.get("REDIS_URL"))
    label = "outside" if own_database else f"pg{find_postgres(environ).major}"
    state_dir = take_slot(label, cleanup=cleanup)
    secrets = load_secrets(state_dir)
    redis_url = environ["REDIS_URL"] if own_redis else _start_valkey(state_dir, secrets.valkey, cleanup=cleanup)
    if own_database:
        maintenance, database, owner = (
            with_path(environ["DATABASE_OWNER_URL"], "postgres"),
            environ["DATABASE_URL"],
            environ["DATABASE_OWNER_URL"],
        )
    else:
        maintenance = _start_postgres(state_dir, secrets.superuser, owner_password=secrets.owner, cleanup=cleanup)
        address = f"{LOOPBACK}:{urlsplit(maintenance).port}/stockwire"
        database = f"postgresql://{WEB}:{secrets.web}@{address}"
        owner = f"postgresql://{OWNER}:{secrets.owner}@{address}"
    return Servers(
        maintenance_url=maintenance,
        database_url=database,
        owner_url=owner,
        redis_url=redis_url,
        secret_key=secrets.secret_key,
    )


def _start_postgres(state_dir: StateDir, password: str, *, owner_password: str, cleanup: ExitStack) -> str:
    account, place = account_for_servers(), shared_place()
    server = PostgresServer(
        binaries=reachable(find_postgres(), account=account, place=place),
        data=data_directory("postgres", state=state_dir.root, account=account, place=place),
        log=state_dir.log("postgres"),
        account=account,
        password=password,
        durable=False,
        preferred_port=_POSTGRES_PORT,
    )
    server.prepare()
    launched = launch(server)
    cleanup.callback(stop_all, [launched.child])
    url = server.url(launched.port)
    bootstrap(url, owner_password=owner_password)
    return url


def _start_valkey(state_dir: StateDir, password: str, *, cleanup: ExitStack) -> str:
    account, place = account_for_servers(), shared_place()
    server = ValkeyServer(
        binaries=reachable(find_valkey(), account=account, place=place),
        data=data_directory("valkey", state=state_dir.root, account=account, place=place),
        log=state_dir.log("valkey"),
        account=account,
        password=password,
        durable=False,
        preferred_port=_VALKEY_PORT,
    )
    server.prepare()
    launched = launch(server)
    cleanup.callback(stop_all, [launched.child])
    return server.url(launched.port)
