"""A fast keyed hash for client secrets: 128 random characters need no slow one (the default costs over a second)."""

import hmac
import secrets
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import BasePasswordHasher

_SECRET_BYTES = 96  # 128 characters


class KeyedSecretHasher(BasePasswordHasher):
    """HMAC-SHA-256 under a key derived from the secret key. Not for people's passwords."""

    algorithm = "keyed_sha256"

    def salt(self) -> str:
        """The key takes the salt's place."""
        return ""

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}${keyed_digest(password)}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, digest = encoded.split("$", 1)
        return {"algorithm": algorithm, "hash": digest, "salt": ""}

    def verify(self, password: str, encoded: str) -> bool:
        return hmac.compare_digest(encoded, self.encode(password, ""))

    def safe_summary(self, encoded: str) -> Any:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """The run time does not depend on the secret."""


def keyed_digest(secret: str) -> str:
    """Return the hex digest that is stored instead of a secret."""
    key = sha256(b"client-secret:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, secret.encode(), sha256).hexdigest()


def new_client_secret() -> str:
    """Return a fresh secret of 128 random characters (base64url)."""
    return secrets.token_urlsafe(_SECRET_BYTES)
