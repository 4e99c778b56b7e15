"""Who runs the servers: never root, and never an account made for the purpose."""

import os
import pwd
import subprocess
from pathlib import Path

from sandbox.errors import UnreachableBinaries
from sandbox.processes.program import Account

UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")
_PROBE_TIMEOUT_SECONDS = 20


def account_for_servers() -> Account | None:
    """Return the account to drop to when we are root, None when we may run the servers as ourselves.

    Raises UnreachableBinaries when root has no account to drop to.
    """
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    message = (
        f"PostgreSQL refuses to run as root and none of the accounts {', '.join(UNPRIVILEGED_ACCOUNTS)} exists: "
        "run this as an ordinary user, or set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL to servers of your own."
    )
    raise UnreachableBinaries(message)


def can_execute(binary: Path, *, account: Account | None) -> bool:
    """Tell whether `account` can run `binary --version`: permissions, loader and libraries in one test."""
    return _succeeds((str(binary), "--version"), account=account)


def can_enter(directory: Path, *, account: Account | None) -> bool:
    """Tell whether `account` can make `directory` its working directory."""
    return _succeeds(("/bin/sh", "-c", 'cd "$1"', "sh", str(directory)), account=account)


def _succeeds(argv: tuple[str, ...], *, account: Account | None) -> bool:
    try:
        result = subprocess.run(
            argv,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            capture_output=True,
            check=False,
            timeout=_PROBE_TIMEOUT_SECONDS,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
    except PermissionError:
        # Either the binary is out of the account's reach, or we may not change accounts at all (no CAP_SETUID).
        return False
    return result.returncode == 0
