"""Keyset pages: `{data, nextPageToken}` with tokens that only the query that gave them accepts."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

from django.conf import settings

from apps.core.errors import FieldError, InvalidPageToken

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
_SIGNATURE_BYTES = 10


def sign_position(position: list[Any], *, scope: str) -> str:
    """Return an opaque token for `position`, valid only for the same `scope` (caller, query, filters, order)."""
    payload = json.dumps(position, separators=(",", ":")).encode()
    return urlsafe_b64encode(_signature(payload, scope) + payload).rstrip(b"=").decode()


def read_position(token: str, *, scope: str, parameter: str = "pageToken") -> list[Any]:
    """Return the position in `token`.

    Raises InvalidPageToken where it was not made by `sign_position` for this very scope.
    """
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        payload = raw[_SIGNATURE_BYTES:]
        if hmac.compare_digest(raw[:_SIGNATURE_BYTES], _signature(payload, scope)):
            position = json.loads(payload)
            if isinstance(position, list):
                return position
    except ValueError:
        pass  # not base64 or not JSON: the same refusal as a wrong signature
    detail = f"{parameter} is not one that this query gave."
    raise InvalidPageToken(detail, errors=[FieldError(code="invalid_page_token", detail=detail, parameter=parameter)])


def _signature(payload: bytes, scope: str) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"page:" + scope.encode() + b"\0" + payload, sha256).digest()[:_SIGNATURE_BYTES]
