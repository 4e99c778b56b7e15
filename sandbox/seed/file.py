"""Writing credentials where `sandbox.credentials` reads them."""

from dataclasses import asdict
from pathlib import Path

from sandbox.credentials import Credentials
from sandbox.state_dir import write_json


def write_credentials(path: Path, credentials: Credentials) -> None:
    """Replace the file in one step, mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    value = {
        "principals": [principal.as_json() for principal in credentials.principals],
        "admin": None if credentials.admin is None else asdict(credentials.admin),
        "people": [asdict(person) for person in credentials.people],
    }
    write_json(path, value)
