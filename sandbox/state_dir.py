"""Where everything of one installation lives: `.data/` beside `manage.py`, or `STOCKWIRE_STATE_DIR`."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
LOG_LIMIT_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StateDir:
    """The layout of a state directory."""

    root: Path

    @property
    def lock(self) -> Path:
        """The file whose flock says that a supervisor runs; its text says which."""
        return self.root / "lock"

    @property
    def env_file(self) -> Path:
        """KEY=VALUE lines that `config/env.py` reads for whatever the environment does not say."""
        return self.root / "env"

    @property
    def secrets(self) -> Path:
        """Random passwords, made once."""
        return self.root / "secrets.json"

    @property
    def state(self) -> Path:
        """What runs now, written by the supervisor alone."""
        return self.root / "state.json"

    @property
    def credentials(self) -> Path:
        """Principals of the sandbox, written by `seed_sandbox`."""
        return self.root / "credentials.json"

    @property
    def run(self) -> Path:
        """Records of the children, one file each."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    def prepare(self) -> None:
        """Make the directories. The root is 0711: the servers' account must pass through it, nobody may list it."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for directory in (self.run, self.logs):
            directory.mkdir(exist_ok=True)
            directory.chmod(0o700)

    def log(self, name: str) -> Path:
        """Return the log of process `name`, moved aside first when it has outgrown `LOG_LIMIT_BYTES`."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path


def default_state_dir() -> StateDir:
    """Return the state directory of this checkout."""
    return StateDir(Path(os.environ.get("STOCKWIRE_STATE_DIR") or CHECKOUT / ".data").resolve())


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step with `text`, mode 0600: a reader sees the old text or the new one, never a half."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object) -> None:
    """Replace `path` in one step with `value` as JSON, mode 0600."""
    write_private(path, json.dumps(value, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in `path`, or None when there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    value: dict[str, Any] = json.loads(text)
    return value


def tail(path: Path, *, lines: int = 15) -> str:
    """Return the last `lines` lines of a log, for an error's text."""
    if not path.exists():
        return "(no log)"
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
