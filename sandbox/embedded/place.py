"""A place that an unprivileged account can reach, for when the checkout lies in a closed directory.

`/var/tmp/stockwire-<uid>-<hash of the checkout>/` holds copies of binaries and, if need be, the data directories.
Parents of the checkout are never opened.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

from sandbox.embedded.accounts import can_enter, can_execute
from sandbox.embedded.discovery import Binaries
from sandbox.errors import UnreachableBinaries, UnsafePlace
from sandbox.processes.program import Account
from sandbox.state_dir import CHECKOUT


def shared_place(checkout: Path = CHECKOUT) -> Path:
    """Return the path of this checkout's shared place; it need not exist."""
    temporary = Path("/var/tmp")  # noqa: S108 -- survives a reboot; open_place refuses a directory that is not ours
    parent = temporary if temporary.is_dir() else Path(tempfile.gettempdir())
    return parent / f"stockwire-{os.geteuid()}-{_short_hash(str(checkout))}"


def open_place(place: Path) -> None:
    """Make `place`, mode 0711; raises UnsafePlace when somebody else could have prepared it."""
    try:
        place.mkdir(mode=0o711)
    except FileExistsError:
        entry = place.lstat()
        if not stat.S_ISDIR(entry.st_mode) or entry.st_uid != os.geteuid() or entry.st_mode & 0o022:
            message = f"{place} is not a directory of ours that only we may write to: remove it, then try again."
            raise UnsafePlace(message) from None
    place.chmod(0o711)


def reachable(binaries: Binaries, *, account: Account | None, place: Path) -> Binaries:
    """Return `binaries`, or their copy in `place` when `account` cannot execute them where they are.

    Raises UnreachableBinaries when the copy cannot be executed either.
    """
    if account is None or can_execute(binaries.server, account=account):
        return binaries
    if binaries.trees:
        open_place(place)
        copied = _copy(binaries, into=place)
        if can_execute(copied.server, account=account):
            return copied
    message = (
        f"The account {account.name} cannot execute {binaries.server}, nor a copy of it in {place}: run this as an "
        "ordinary user, or set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL to servers of your own."
    )
    raise UnreachableBinaries(message)


def data_directory(name: str, *, state: Path, account: Account | None, place: Path) -> Path:
    """Return the parent-checked path of a server's data directory: in `state`, or in `place` if out of reach there."""
    if account is None or can_enter(state, account=account):
        return state / name
    open_place(place)
    home = place / f"data-{_short_hash(str(state))}"
    home.mkdir(mode=0o711, exist_ok=True)
    return home / name


def relocated_data(state: Path, *, place: Path) -> Path:
    """Return where the data directories of `state` lie when they had to move; it need not exist."""
    return place / f"data-{_short_hash(str(state))}"


def _copy(binaries: Binaries, *, into: Path) -> Binaries:
    """Copy the trees once. A copy is complete or absent: it is made under another name and then renamed."""
    entry = binaries.server.stat()
    fingerprint = _short_hash(f"{binaries.server} {binaries.version} {entry.st_size} {entry.st_mtime_ns}")
    target = into / f"bin-{fingerprint}"
    if not target.is_dir():
        unfinished = Path(tempfile.mkdtemp(prefix="bin-unfinished-", dir=into))
        for tree in binaries.trees:
            shutil.copytree(binaries.base / tree, unfinished / tree, symlinks=True)
        for directory in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
            directory.chmod(0o755)
        try:
            unfinished.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            shutil.rmtree(unfinished)  # a neighbour was faster
    return replace(binaries, server=target / binaries.server.relative_to(binaries.base), base=target)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
