"""Entity tags: `"<version>.<8 hex of this representation>"` (RFC 9110, 8.8.3).

`If-Match` compares the version; `If-None-Match` compares the whole, because availability moves with time and
reader while the version stands still.
"""

import re
from hashlib import blake2b

from apps.core.errors import FieldError, InvalidRequest

_TAG = re.compile(r'(?:W/)?"(?P<version>[0-9]{1,19})\.[0-9a-f]{8}"')
_LIST = re.compile(
    rf"^\s*{_TAG.pattern.replace('?P<version>', '?:')}(?:\s*,\s*{_TAG.pattern.replace('?P<version>', '?:')})*\s*$"
)


def entity_tag(version: int, representation: bytes) -> str:
    """Return the strong tag of one representation of one version."""
    return f'"{version}.{blake2b(representation, digest_size=4).hexdigest()}"'


def if_match_versions(header: str | None) -> frozenset[int] | None:
    """Return the versions that `If-Match` names; None for `*`, which any version satisfies.

    Raises InvalidRequest where the header is not a list of tags of this API.
    """
    if header is None or header.strip() == "*":
        return None
    if not _LIST.match(header):
        detail = 'If-Match takes the ETag of a previous answer, such as "18.9f86d081".'
        raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, header="If-Match")])
    # A weak tag never matches strongly (RFC 9110, 8.8.3.2): it names no version.
    return frozenset(int(tag["version"]) for tag in _TAG.finditer(header) if not tag[0].startswith("W/"))


def none_match(header: str | None, tag: str) -> bool:
    """True where `If-None-Match` names `tag`, so that the answer is 304."""
    if header is None:
        return False
    return header.strip() == "*" or tag in {part.strip().removeprefix("W/") for part in header.split(",")}
