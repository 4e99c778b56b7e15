"""Random passwords, made once per state directory and kept."""

import secrets
from dataclasses import asdict, dataclass, fields

from sandbox.state_dir import StateDir, read_json, write_json


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Every password of the embedded system; URL-safe, so that none needs quoting."""

    superuser: str
    owner: str
    web: str
    valkey: str
    secret_key: str


def load_secrets(state_dir: StateDir) -> Secrets:
    """Return the secrets of `state_dir`, making those that are missing."""
    known = read_json(state_dir.secrets) or {}
    result = Secrets(**{field.name: known.get(field.name) or secrets.token_hex(32) for field in fields(Secrets)})
    if asdict(result) != known:
        write_json(state_dir.secrets, asdict(result))
    return result
