"""The tables of `tests.support.hostile` as requests of every operation: each one curated, each to be refused."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from apps.core.http.operations import JSON
from tests.support.hostile import BODIES, HEADERS, LISTS, PATHS, QUERIES
from tests.support.routes import Route

_KEYS = ("a b", "", "x" * 256, "é", "\t")
_TAGS = ("", "1", '"x"', '"1.0"', "W/", '"1.00000000', '"' + "9" * 50 + '.00000000"', "\x00", '"1.00000000",')


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request, and the statuses and codes that may answer it; no codes: any."""

    name: str
    method: str
    path: str
    body: bytes | None
    headers: tuple[tuple[str, str], ...] = ()
    statuses: frozenset[int] = frozenset({400})
    codes: frozenset[str] = field(default=frozenset())


def body_requests(route: Route, codes: Mapping[str, str]) -> Iterator[Hostile]:
    """Yield what is in a body that nobody means well with."""
    if route.operation.body is None:
        return
    for name, (body, refusals) in BODIES.items():
        # Anything may be a line of a file; it is no line that says something.
        said = frozenset(refusals if route.operation.media_type == JSON else {"validation_error"})
        yield Hostile(name, route.method, route.path(**codes), body, _typed(route), codes=said)
    too_much = b" " * (route.operation.max_body + 1)
    yield Hostile("too much", route.method, route.path(**codes), too_much, _typed(route), statuses=frozenset({413}))


def header_requests(route: Route, codes: Mapping[str, str]) -> Iterator[Hostile]:
    """Yield what a header may hold."""
    path = route.path(**codes)
    for name, (headers, statuses) in HEADERS.items():
        if route.operation.body is not None or "content_type" not in headers:
            body = None if route.operation.body is None else b"{}"
            yield Hostile(name, route.method, path, body, _typed(route, headers), frozenset(statuses))
    if route.operation.keys != "none":
        for key in _KEYS:
            yield Hostile(
                f"key {key[:9]!r}", route.method, path, _valid_enough(route), _typed(route, {"idempotency_key": key})
            )
    if route.operation.versioned:
        for tag in _TAGS:
            yield Hostile(
                f"tag {tag[:9]!r}", route.method, path, _valid_enough(route), _typed(route, {"if_match": tag})
            )


def query_requests(route: Route, codes: Mapping[str, str]) -> Iterator[Hostile]:
    """Yield what a query may hold."""
    path, lax = route.path(**codes), route.method in {"POST", "PUT"}
    for name, (query, refusals) in QUERIES.items():
        # A body that is wrong too may be named first.
        expected = frozenset() if lax else frozenset(refusals)
        yield Hostile(name, route.method, f"{path}?{query}", _valid_enough(route), _typed(route), codes=expected)
    for query in LISTS if route.operation.paged else ():
        yield Hostile(query[:30], route.method, f"{path}?{query}", None)


def path_requests(route: Route, _codes: Mapping[str, str]) -> Iterator[Hostile]:
    """Yield what a path may hold in place of its codes."""
    names = re.findall(r"{(\w+)}", route.template)
    if not names:
        return
    for code in PATHS:
        path = route.path(**dict.fromkeys(names, code))
        yield Hostile(code[:30], route.method, path, _valid_enough(route), statuses=frozenset({400, 404, 405}))


KINDS = {"bodies": body_requests, "headers": header_requests, "queries": query_requests, "paths": path_requests}


def _typed(route: Route, headers: Mapping[str, str] = MappingProxyType({})) -> tuple[tuple[str, str], ...]:
    """Return headers with the operation's own media type, where that is not the usual one."""
    own = {} if route.operation.media_type == JSON else {"content_type": route.operation.media_type}
    return tuple({**own, **headers}.items())


def _valid_enough(route: Route) -> bytes | None:
    """Return a body that says nothing wrong where an empty change is a change; None where none is taken."""
    if route.operation.body is None:
        return None
    return b"{}" if route.method == "PATCH" else b'{"surprise":1}'
