"""`.data/env`: how every other process of this checkout finds the running system.

`config/env.py` loads the file into `os.environ`. A supervisor started from such a process would take our own values
for the user's. Therefore the file says which values came from the user, and `given_by_user` drops the others.
"""

from collections.abc import Mapping

from sandbox.errors import SandboxError
from sandbox.state_dir import StateDir, write_private

_GIVEN = "STOCKWIRE_GIVEN"
_DATABASE = frozenset({"DATABASE_URL", "DATABASE_OWNER_URL"})


def read_env_file(state_dir: StateDir) -> dict[str, str]:
    """Return what the file says, without its own bookkeeping; empty when there is none."""
    values = _read(state_dir)
    values.pop(_GIVEN, None)
    return values


def write_env_file(state_dir: StateDir, values: Mapping[str, str], *, given: frozenset[str]) -> None:
    """Replace the file, mode 0600. `given` names the values that the user's environment said."""
    lines = [f"{key}={value}" for key, value in values.items()]
    lines.append(f"{_GIVEN}={','.join(sorted(given))}")
    write_private(state_dir.env_file, "\n".join(lines) + "\n")


def given_by_user(state_dir: StateDir, environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without the values that only came from our own file."""
    ours = _read(state_dir)
    given = frozenset(ours.pop(_GIVEN, "").split(","))
    return {
        key: value
        for key, value in environ.items()
        if key != _GIVEN and not (ours.get(key) == value and key not in given)
    }


def has_own_database(environ: Mapping[str, str]) -> bool:
    """Tell whether the user brings a database; raises SandboxError when only one of the two URLs is set."""
    known = {name for name in _DATABASE if environ.get(name)}
    if known and known != _DATABASE:
        message = (
            f"{known.pop()} is set alone. The application's role and the owner of the tables are two roles, so that "
            "row level security holds: set both DATABASE_URL and DATABASE_OWNER_URL, or neither for the embedded one."
        )
        raise SandboxError(message)
    return bool(known)


def _read(state_dir: StateDir) -> dict[str, str]:
    if not state_dir.env_file.is_file():
        return {}
    lines = state_dir.env_file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
