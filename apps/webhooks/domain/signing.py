"""Signatures after Standard Webhooks 1.0: HMAC-SHA-256 over `{id}.{timestamp}.{body}`, one for each live secret."""

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_TOLERANCE_SECONDS = 300


def new_secret() -> str:
    """Return a fresh secret as its owner is shown it."""
    return _PREFIX + b64encode(os.urandom(_SECRET_BYTES)).decode()


def signed_headers(*, event_id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the three headers; a receiver accepts the message when any signature is right."""
    content = b".".join((event_id.encode(), str(timestamp).encode(), body))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def is_signed(body: bytes, headers: Mapping[str, str], *, secret: str, now: float) -> bool:
    """Tell whether a message with these headers (in lower case) was signed with the secret, within five minutes."""
    event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secret or not timestamp.isdecimal() or abs(now - int(timestamp)) > _TOLERANCE_SECONDS:
        return False
    right = signed_headers(event_id=event_id, timestamp=int(timestamp), body=body, secrets=[secret])[
        "webhook-signature"
    ]
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(signature.encode(), right.encode()) for signature in given)


def _signature(secret: str, content: bytes) -> str:
    key = b64decode(secret.removeprefix(_PREFIX))
    return "v1," + b64encode(hmac.new(key, content, sha256).digest()).decode()
