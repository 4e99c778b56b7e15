"""Secrets at rest: AES-256-GCM under a key derived from SECRET_KEY, bound to the row that holds them.

A sealed secret is key id (4 bytes), nonce (12), ciphertext. The key id finds the right key among SECRET_KEY and
SECRET_KEY_FALLBACKS, so that the secret key can be replaced while old rows still open. Copied to another tenant,
webhook or row, a sealed secret does not open.
"""

import os
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_KEY_ID_BYTES, _NONCE_BYTES, _KEY_BYTES = 4, 12, 32
_PURPOSE = b"stockwire:webhook-secret:1"


class UnknownSealingKeyError(Exception):
    """The secret was sealed under a key that is neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS."""


def seal(secret: str, *, tenant_id: int, webhook_id: str, secret_id: UUID) -> bytes:
    """Encrypt a secret for one row."""
    key = _derived(settings.SECRET_KEY)
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, secret.encode(), _row(tenant_id, webhook_id, secret_id))
    return _key_id(key) + nonce + sealed


def unseal(sealed: bytes, *, tenant_id: int, webhook_id: str, secret_id: UUID) -> str:
    """Decrypt a row's secret.

    Raises UnknownSealingKeyError, or InvalidTag where the bytes do not belong to this row.
    """
    key_id, rest = sealed[:_KEY_ID_BYTES], sealed[_KEY_ID_BYTES:]
    for candidate in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = _derived(candidate)
        if _key_id(key) == key_id:
            plain = AESGCM(key).decrypt(
                rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _row(tenant_id, webhook_id, secret_id)
            )
            return plain.decode()
    raise UnknownSealingKeyError(f"key {key_id.hex()} of webhook {webhook_id}")


@lru_cache(maxsize=16)
def _derived(secret_key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(secret_key.encode())


def _key_id(key: bytes) -> bytes:
    return sha256(b"key-id:" + key).digest()[:_KEY_ID_BYTES]


def _row(tenant_id: int, webhook_id: str, secret_id: UUID) -> bytes:
    return f"{tenant_id}|{webhook_id}|{secret_id}".encode()
