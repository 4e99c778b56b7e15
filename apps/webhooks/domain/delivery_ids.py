"""What a delivery is called outside: its number under a cipher; numbers would tell a tenant how busy all are."""

from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.core.ids import decode_id, encode_id

_PREFIX = "dlv"
_PURPOSE = b"stockwire:delivery-id:1"
_HALF = 8  # bytes: of the tenant and of the number, together one block


def public_delivery_id(tenant_id: int, delivery_id: int) -> str:
    """Return the id that a delivery has outside, always the same."""
    # One block, never twice the same under one key: the mode that needs no nonce is right for it.
    cipher = _cipher(settings.SECRET_KEY).encryptor()
    block = tenant_id.to_bytes(_HALF, "big") + delivery_id.to_bytes(_HALF, "big")
    return encode_id(_PREFIX, UUID(bytes=cipher.update(block) + cipher.finalize()))


def delivery_number(tenant_id: int, public_id: str) -> int | None:
    """Return the number of a tenant's delivery; None for what is no such id."""
    value = decode_id(_PREFIX, public_id)
    if value is None:
        return None
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        cipher = _cipher(key).decryptor()
        block = cipher.update(value.bytes) + cipher.finalize()
        if int.from_bytes(block[:_HALF], "big") == tenant_id:
            number = int.from_bytes(block[_HALF:], "big")
            return number if number < 2**63 else None
    return None


@lru_cache(maxsize=16)
def _cipher(secret_key: str) -> Cipher[ECB]:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return Cipher(AES(key), ECB())  # noqa: S305 -- a permutation of single blocks, as above
