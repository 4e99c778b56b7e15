"""One PostgreSQL cluster, loopback only, scram passwords, no superuser for the application."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from sandbox.embedded.discovery import Binaries
from sandbox.embedded.ports import LOOPBACK
from sandbox.errors import PasswordsLost, ServerFailed, WrongMajor
from sandbox.processes.identity import identify, working_directory_of
from sandbox.processes.program import Account, Program

SUPERUSER = "postgres"
_FIRST_MAJOR_WITH_BUILTIN_LOCALE = 17
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    # Plans that sessions made while the tables were empty take any index that begins with the tenant. Statistics end
    # that; a first import of thousands of items must not wait a minute for them.
    "autovacuum_naptime": "5s",
}
# For tests alone: a machine that loses power may lose the whole cluster.
_VOLATILE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """What PostgreSQL needs to run; nothing runs yet."""

    binaries: Binaries
    data: Path
    log: Path
    account: Account | None
    password: str = field(repr=False)
    durable: bool = True
    preferred_port: int = 28432
    name: str = "postgres"

    def prepare(self) -> None:
        """Make the cluster unless it exists; raises WrongMajor for another major's, ServerFailed when initdb fails."""
        version = self.data / "PG_VERSION"
        if version.is_file():
            self._refuse_other_major(version.read_text(encoding="ascii").strip())
            self._remove_stale_pid_file()
            return
        home = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.data.parent))
        try:
            self._hand_over(home)
            self._initdb(home / "cluster", home=home)
            (home / "cluster").rename(self.data)
        finally:
            shutil.rmtree(home)

    def program(self, port: int) -> Program:
        """Return the program that serves on `port`."""
        settings = _SETTINGS | {"port": str(port)} | ({} if self.durable else _VOLATILE_SETTINGS)
        argv = [str(self.binaries.server), "-D", str(self.data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return Program(
            name=self.name,
            argv=tuple(argv),
            env=_ENVIRONMENT,
            log=self.log,
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": sessions are ended, nothing is lost
        )

    def url(self, port: int, *, database: str = SUPERUSER) -> str:
        """Return the superuser's URL: for bootstrap and for tests, never for the application."""
        return f"postgresql://{SUPERUSER}:{self.password}@{LOOPBACK}:{port}/{database}"

    def why_not_ready(self, port: int) -> str | None:
        """Return None when it answers with our password, else what it said; raises PasswordsLost."""
        try:
            psycopg.connect(self.url(port), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                message = (
                    f"The cluster in {self.data} refuses the superuser's password on record: bring back secrets.json, "
                    "or start afresh (the data is lost) with `python manage.py reset --yes`."
                )
                raise PasswordsLost(message) from error
            return str(error).strip()
        return None

    def _initdb(self, cluster: Path, *, home: Path) -> None:
        with self._password_file(home) as password_file:
            argv = [str(self.binaries.directory / "initdb"), "-D", str(cluster), "-U", SUPERUSER, "--encoding=UTF8"]
            argv += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--data-checksums", *self._locale()]
            argv += [] if self.durable else ["--no-sync"]
            result = subprocess.run(
                argv,
                cwd="/",
                env=_ENVIRONMENT,
                capture_output=True,
                text=True,
                check=False,
                user=None if self.account is None else self.account.uid,
                group=None if self.account is None else self.account.gid,
                extra_groups=None if self.account is None else [],
            )
        if result.returncode != 0:
            message = f"initdb ended with code {result.returncode}:\n{result.stdout}{result.stderr}"
            raise ServerFailed(message)

    def _locale(self) -> tuple[str, ...]:
        # The builtin provider sorts alike on every machine; C.UTF-8 of the C library may change with its version.
        if self.binaries.major >= _FIRST_MAJOR_WITH_BUILTIN_LOCALE:
            return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        return ("--locale=C.UTF-8",)

    @contextmanager
    def _password_file(self, home: Path) -> Iterator[Path]:
        descriptor, name = tempfile.mkstemp(dir=home)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(self.password)
            self._hand_over(Path(name))
            yield Path(name)
        finally:
            Path(name).unlink()

    def _hand_over(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def _refuse_other_major(self, found: str) -> None:
        if found == str(self.binaries.major):
            return
        ours = self.binaries.major
        message = (
            f"The data in {self.data} belongs to PostgreSQL {found}, the server found is {self.binaries.version}.\n"
            f"Nothing was touched. Either\n"
            f"  - keep using {found}:   STOCKWIRE_PG_MAJOR={found} make up      (its binaries must be installed), or\n"
            f"  - move the data:    start with {found}, `pg_dump --format=custom` the database stockwire, stop,\n"
            f"                      rename {self.data}, start with {ours}, `pg_restore --clean` the dump, or\n"
            "  - throw it away:    python manage.py reset --yes"
        )
        raise WrongMajor(message)

    def _remove_stale_pid_file(self) -> None:
        """Remove a pid file whose process is not this cluster's: PostgreSQL takes any living pid for its own."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.is_file():
            return
        pid = int(pid_file.read_text(encoding="ascii").split("\n", 1)[0])
        directory = working_directory_of(pid)
        if identify(pid) is None or (directory is not None and directory != self.data.resolve()):
            pid_file.unlink()
