"""How the document's story is told: what is sent, and what is recorded of what comes back."""

import copy
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.context import CallContext, Principal
from apps.core.envelopes import envelope
from apps.core.http.document_examples import PROBLEM_URL
from apps.core.http.operations import JSON
from apps.inventory.queries.changes import logged_events
from apps.outbox.unit_of_work import reading
from apps.tenancy.queries import tenant_code
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.routes import Route, routes
from tests.support.stock import fresh_key

Codes = Mapping[str, str]
NONE: Codes = MappingProxyType({})
ITEM = {"supplier_id": "SUP123", "product_id": "HOTSAUCE789"}
NAMED = {"supplierId": "SUP123", "productId": "HOTSAUCE789"}
ANY_VERSION = {"if_match": "*"}
_MOMENT = "2026-11-21T07:00:00.123456Z"
_LATER = "2026-11-22T07:00:00.123456Z"
_ID = re.compile(r"\b([a-z]{2,4})_([0-9a-hjkmnp-tv-z]{26})\b")
# A snapshot is of what an update told of, and no event of the log.
_LOGGED_AS = {"inventory.snapshot": "inventory.updated"}
# The link to a partner's page, at wherever the tests are: its host, and the random half of its token.
_LINK = re.compile(r"^http.*(/partner/open\?token=ten_[^.]+\.).*")
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
# What differs from run to run and is no id and no moment.
_OPAQUE = {
    "secret": "whsec_ZXhhbXBsZSBvbmx5LCBzaWducyBub3RoaW5n",
    "nextPageToken": "kQ3v9Yb2cXh0WyJUWE4xIl0",
    "nextCursor": "8mPq1sVw7Lx4WzQyXQ",
    "requestId": "4bf92f3577b34da6a3ce929d0e0e4736",
    "failingSince": "2026-11-18T07:00:00.123456Z",
}


class Story:
    """One telling. `answers`, `events` and `problems` are what is recorded."""

    def __init__(self, tenant: TestTenant) -> None:
        self.tenant = tenant
        self.routes: dict[str, Route] = {route.operation.operation_id: route for route in routes()}
        self.sent: set[tuple[str, str]] = set()
        self.answers: dict[str, dict[str, dict[str, Any]]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.problems: dict[str, Any] = {}
        self._ids: dict[str, str] = {}
        self._begun = datetime.now(UTC)

    def recording(self) -> dict[str, Any]:
        """Return all of it, with ids, moments and secrets that are the same in every telling."""
        plain = {"answers": self.answers, "events": self.events, "problems": dict(sorted(self.problems.items()))}
        return {kind: self._settled(recorded) for kind, recorded in plain.items()}

    def ask(
        self, operation_id: str, name: str, codes: Codes = NONE, *, by: ApiClient | None = None, query: str = ""
    ) -> Any:
        """Read something and record the answer under a name."""
        route = self.routes[operation_id]
        answer = (by or self.tenant.operator).request(route.method, route.path(**codes) + query)
        return self.recorded(operation_id, name, answer)

    def send(
        self, operation_id: str, name: str, codes: Codes = NONE, *, by: ApiClient | None = None, headers: Codes = NONE
    ) -> Any:
        """Send the example of a request and record the answer under its name."""
        route = self.routes[operation_id]
        example = copy.deepcopy(route.operation.examples[name])
        self.sent.add((operation_id, name))
        if "reservationId" in example:
            example["reservationId"] = codes["reservation"]
        if operation_id == "extendReservation":
            example["expiresAt"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        client = by or self.tenant.operator
        own = {"idempotency_key": fresh_key()}
        if route.operation.media_type != JSON:
            example, own["content_type"] = example.encode(), route.operation.media_type
        answer = client.request(route.method, route.path(**codes), example, **{**own, **headers})
        return self.recorded(operation_id, name, answer)

    def do(self, operation_id: str, name: str, codes: Codes) -> Any:
        """Call an operation that takes no body and record the answer."""
        route = self.routes[operation_id]
        answer = self.tenant.operator.request(route.method, route.path(**codes), idempotency_key=fresh_key())
        return self.recorded(operation_id, name, answer)

    def refused(self, status: int, answer: ApiAnswer) -> None:
        """Record a problem under its code."""
        assert answer.status == status, answer.content
        self.problems.setdefault(f"{answer.json['code']}.{status}", answer.json)

    def heard(self, event_type: str, name: str, reader: Principal) -> None:
        """Record the newest event of a type that a reader gets, as it gets it."""
        ctx = CallContext(principal=reader, now=datetime.now(UTC), request_id="story")
        with reading(ctx):
            render = import_string(settings.OUTBOX_RENDERERS[event_type])
            events = [
                each
                for each in logged_events(ctx, after=0, limit=500)
                if each.type == _LOGGED_AS.get(event_type, event_type)
            ]
            rendered = zip(events, render(events, reader, ctx.now), strict=True)
            event, data = [(each, as_seen) for each, as_seen in rendered if as_seen is not None][-1]
            code = tenant_code(self.tenant.id)
        sent = envelope(
            event_id=event.event_id,
            event_type=event_type,
            subject=event.subject,
            sequence=event.sequence,
            occurred_at=event.occurred_at,
            tenant_code=code,
            data=data,
        )
        self.events.setdefault(event_type, {})[name] = msgspec.json.decode(msgspec.json.encode(sent))

    def recorded(self, operation_id: str, name: str, answer: ApiAnswer) -> Any:
        """Record an answer under a name, and return its body."""
        assert answer.status < 300, (operation_id, name, answer.content)
        if answer.json is not None:
            self.answers.setdefault(operation_id, {}).setdefault(str(answer.status), {})[name] = answer.json
        return answer.json

    def _settled(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._settled(member, key) for key, member in value.items()}
        if isinstance(value, list):
            return [self._settled(member, name) for member in value]
        if not isinstance(value, str):
            return value
        if name in _OPAQUE:
            return _OPAQUE[name]
        value = _LINK.sub(r"https://stockwire.example.com\1tJ8Zr0yJb5cG4xQm1sVw7Lk2Ez9Nf3Ua6Hd0Pi8Yo5W", value)
        text = _ID.sub(lambda found: f"{found[1]}_{self._fixed(found[0])}", value)
        return self._moment(text).replace("http://testserver/problems", PROBLEM_URL)

    def _fixed(self, id_: str) -> str:
        number = 33 + len(self._ids)
        return self._ids.setdefault(id_, f"01k9x3v6q8e7ctr2m5n0p4s1{_DIGITS[number // 32]}{_DIGITS[number % 32]}")

    def _moment(self, text: str) -> str:
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", text):
            return text
        passed = datetime.fromisoformat(text) - self._begun
        if abs(passed) < timedelta(hours=1):
            return _MOMENT
        return _LATER if abs(passed) < timedelta(days=2) else text
