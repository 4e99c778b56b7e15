"""The calls of the API that the model answers, and the rules that hold for each of them: keys, refusals, no 5xx."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.model.stock import Key, Refused, Request, Stock, Told


@dataclass(frozen=True, slots=True)
class Call:
    """One request, ready to be sent. `by` numbers the applications; `moments` are those it may name, by their order."""

    verb: str
    kind: str
    method: str
    path: str
    item: Key | None = None
    reservation: str | None = None
    body: dict[str, Any] | None = None
    key: str | None = None
    if_match: str | None = None
    by: int = 0
    step: int = 0
    moments: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def request(self) -> Request:
        """What makes it the same request under its key."""
        return self.method, self.path, None if self.body is None else json.dumps(self.body), self.if_match


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and when it was asked and answered."""

    status: int
    headers: dict[str, str]  # names in small letters
    content: bytes
    asked_at: float = 0.0
    answered_at: float = 0.0

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.content) if self.content else None

    @property
    def told(self) -> Told:
        """What a replay repeats."""
        return Told(self.status, self.content, self.headers.get("etag"), self.headers.get("location"))

    @property
    def replayed(self) -> bool:
        """True where the answer says so."""
        return self.headers.get("idempotent-replayed") == "true"


class Unexplained(Exception):
    """In this state the model gives another answer."""


Handler: TypeAlias = Callable[[Stock, Call, Reply], Stock]
# By kind of call: the stock after it where the reply is the model's answer. They raise Refused or Unexplained.
HANDLERS: dict[str, Handler] = {}
NEED_A_VERSION = {"patch", "give back", "change pool", "end pool", "believe"}


def answers(kind: str) -> Callable[[Handler], Handler]:
    """Enter a function as the model's answer to a kind of call."""

    def enter(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return enter


def answer(stock: Stock, call: Call, reply: Reply) -> Stock:
    """Return the stock after a call that was answered so; the very same object where it changed nothing.

    Raises Unexplained where the model answers otherwise.
    """
    if reply.status >= 500:
        raise Unexplained("no answer is a 5xx", reply.content)
    known = stock.keys.get((call.by, call.key)) if call.key else None
    if call.kind in NEED_A_VERSION and call.if_match is None and "version" not in (call.body or {}):
        _refused(Refused(428, "precondition_required"), reply)
        return stock
    if known:
        request, told = known
        if request != call.request:
            _refused(Refused(422, "idempotency_key_reused"), reply)
        elif reply.told != told or not reply.replayed:
            raise Unexplained("a replay is the same to the byte", told, reply.told, reply.replayed)
        return stock
    if reply.replayed:
        raise Unexplained("nothing was sent under this key before")
    try:
        return _judged(stock, call, reply)
    except Unexplained:
        # A call that is refused as a whole takes back what has lapsed, judges by it, and undoes that too.
        if not stock.unsettled or reply.status < 400:
            raise
    _judged(stock.settled(stock.unsettled), call, reply)
    return stock


def _judged(stock: Stock, call: Call, reply: Reply) -> Stock:
    try:
        after = HANDLERS[call.kind](stock, call, reply)
    except Refused as refusal:
        _refused(refusal, reply)
        return stock
    after = after.published() if after.touched else after
    return after.remember((call.by, call.key), call.request, reply.told) if call.key else after


def _refused(refusal: Refused, reply: Reply) -> None:
    if reply.status != refusal.status:
        raise Unexplained(f"{refusal.status} {refusal.code}", refusal.facts, reply.status, reply.content)
    same_problem(refusal, reply.json)


def same_problem(refusal: Refused, problem: dict[str, Any]) -> None:
    facts = {name: problem.get(name) for name in refusal.facts}
    if (problem["status"], problem["code"], facts) != (refusal.status, refusal.code, refusal.facts):
        raise Unexplained(f"{refusal.status} {refusal.code}", refusal.facts, problem)


def same(wanted: Any, got: Any) -> None:
    """Raise Unexplained where the answer is another than the model's."""
    if wanted != got:
        raise Unexplained(wanted, got)


def succeeded(reply: Reply, status: int, *, version: int | None = None) -> None:
    """Raise Unexplained unless the answer is a success, with its version in the tag."""
    if reply.status != status:
        raise Unexplained(f"a success, {status}", reply.status, reply.content)
    if version is not None:
        same(str(version), reply.headers["etag"].strip('"').partition(".")[0])


def check_version(version: int, in_body: int | None, header: str | None) -> None:
    """Refuse a stale version: 412 where the header says it, 409 where the body does."""
    if header is not None and int(header.strip('"').partition(".")[0]) != version:
        raise Refused(412, "version_conflict", currentVersion=version)
    if in_body is not None and in_body != version:
        raise Refused(409, "version_conflict", currentVersion=version)
