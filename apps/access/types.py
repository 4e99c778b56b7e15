"""What the commands of clients return."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """A client as a command leaves it: what is stored under the caller's key, so never a secret."""

    application_id: int
    client_id: str
    scopes: list[str]
    previous_secret_until: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedClient:
    """A client and its secret, which is shown this once: only its keyed hash is stored."""

    application_id: int
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatedSecret:
    """A client's new secret, shown this once, and until when the one before works beside it (RFC 3339, or never)."""

    client_id: str
    client_secret: str
    previous_until: str | None
