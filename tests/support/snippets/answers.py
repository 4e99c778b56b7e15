"""Comparing what a page says with what was printed. "…" stands for what differs from run to run."""

import json
import re
from collections.abc import Iterator
from typing import Any

_ELLIPSIS = "…"


def differences(kind: str, said: str, printed: str) -> list[str]:
    """Return where `printed` is not what the page said; `kind` is json, text or http."""
    match kind:
        case "json":
            return _json_differences(said, printed)
        case "http":
            return _http_differences(said, printed)
    return _text_differences(said, printed)


def _text_differences(said: str, printed: str) -> list[str]:
    expected, actual = said.strip().splitlines(), printed.strip().splitlines()
    if len(expected) != len(actual):
        return [f"{len(expected)} lines were said, {len(actual)} were printed:\n{printed.strip()}"]
    pairs = zip(expected, actual, strict=True)
    return [f"said {left!r}, printed {right!r}" for left, right in pairs if not _matches(left, right)]


def _http_differences(said: str, printed: str) -> list[str]:
    """Every header that the page shows must be there, with its value; the body is compared as a whole."""
    head, _, body = said.partition("\n\n")
    real_head, _, real_body = printed.replace("\r\n", "\n").partition("\n\n")
    status, *headers = head.strip().splitlines()
    real_status, *real_headers = real_head.strip().splitlines()
    found = [] if _matches(status, real_status.strip()) else [f"said {status!r}, printed {real_status!r}"]
    found += [
        f"no header {header!r} in {real_headers}"
        for header in headers
        if not any(_matches(header.lower(), real.lower()) for real in real_headers)
    ]
    return found + (_json_differences(body, real_body) if body.strip() else [])


def _json_differences(said: str, printed: str) -> list[str]:
    try:
        values = list(json_values(printed))
    except ValueError:
        return [f"not JSON: {printed!r}"]
    return list(_value_differences(list(json_values(said)), values, ""))


def json_values(text: str) -> Iterator[Any]:
    """Yield the JSON values that stand one after another; raises ValueError where something else does."""
    decoder = json.JSONDecoder()
    rest = text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].lstrip()


def _value_differences(said: Any, real: Any, path: str) -> Iterator[str]:
    if said == _ELLIPSIS:
        return
    if isinstance(said, dict) and isinstance(real, dict):
        yield from _member_differences(said, real, path)
    elif isinstance(said, list) and isinstance(real, list):
        if len(said) != len(real):
            yield f"{path or '/'}: {len(said)} were said, {len(real)} printed: {json.dumps(real)}"
            return
        for index, (left, right) in enumerate(zip(said, real, strict=True)):
            yield from _value_differences(left, right, f"{path}/{index}")
    elif isinstance(said, str) and isinstance(real, str):
        if not _matches(said, real):
            yield f"{path}: said {said!r}, printed {real!r}"
    elif type(said) is not type(real) or said != real:
        yield f"{path}: said {said!r}, printed {real!r}"


def _member_differences(said: dict[str, Any], real: dict[str, Any], path: str) -> Iterator[str]:
    shown = {name: value for name, value in said.items() if name != _ELLIPSIS}
    if missing := shown.keys() - real.keys():
        yield f"{path or '/'}: not printed: {sorted(missing)}"
    if _ELLIPSIS not in said and (unsaid := real.keys() - shown.keys()):
        yield f"{path or '/'}: not said: { {name: real[name] for name in sorted(unsaid)} }"
    for name in shown.keys() & real.keys():
        yield from _value_differences(shown[name], real[name], f"{path}/{name}")


def _matches(said: str, real: str) -> bool:
    return re.fullmatch(".+".join(map(re.escape, said.split(_ELLIPSIS))), real) is not None
