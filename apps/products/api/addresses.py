"""Addresses in bodies."""

from typing import Annotated

import msgspec

# Spaces are spelled out: Python's and JavaScript's `\\s` differ.
_SPACES = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
HttpsUrl = Annotated[str, msgspec.Meta(max_length=2000, pattern=rf"^https://[^{_SPACES}/?#][^{_SPACES}]*(?!\n)$")]
