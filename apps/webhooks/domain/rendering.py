"""What is sent: each event as its webhook's party sees it now, by the function that serves that party's GET."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from django.db import InterfaceError, OperationalError, close_old_connections

from apps.outbox.rendering import envelopes_for
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.queries import tenant_code
from apps.webhooks.types import SNAPSHOT, Claim

log = structlog.get_logger(component="stockwire.webhooks")


class RenderingFailed(Exception):
    """The event cannot be rendered for this reader: a bug, or facts that no code understands any more."""


class DatabaseAway(Exception):
    """The database did not answer; it is not the event's fault."""


Rendered = bytes | None | RenderingFailed | DatabaseAway


def render_claims(claims: Sequence[Claim]) -> list[Rendered]:
    """Render one tenant's claims, in order: the body, or None where the party may not see the subject.

    Runs in a worker thread, on Django's connection and as the application's role, so that row level security holds.
    """
    close_old_connections()
    rendered: dict[int, Rendered] = {}
    try:
        with as_tenant(claims[0].tenant_id):
            code = tenant_code(claims[0].tenant_id)
            for group in _groups(claims):
                rendered.update(zip((claim.id for claim in group), _bodies(group, code), strict=True))
    except (OperationalError, InterfaceError) as error:
        return [DatabaseAway(str(error))] * len(claims)
    except Exception as error:  # noqa: BLE001 -- the edge of other apps' renderers: one poison event stops no lane
        return _one_by_one(claims, error)
    return [rendered[claim.id] for claim in claims]


def _one_by_one(claims: Sequence[Claim], error: Exception) -> list[Rendered]:
    """Find the event that the renderer stumbles over; the error has ended the transaction of all of them."""
    if len(claims) > 1:
        return [render_claims([claim])[0] for claim in claims]
    log.error("event_not_rendered", webhook_id=claims[0].webhook_id, position=_position(claims[0]), exc_info=error)
    return [RenderingFailed(type(error).__name__)]


def _groups(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Keep together what is rendered for one reader."""
    groups: dict[Any, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.reader].append(claim)
    return list(groups.values())


def _bodies(group: Sequence[Claim], code: str) -> list[bytes | None]:
    kept = [(claim.id, claim.event) for claim in group if claim.event is not None]  # others are no longer in the log
    told = envelopes_for(group[0].reader, [event for _, event in kept], group[0].claimed_at, tenant_code=code)
    bodies = {number: _body(envelope) for (number, _), envelope in zip(kept, told, strict=True)}
    return [bodies.get(claim.id) for claim in group]


def _body(envelope: dict[str, Any] | None) -> bytes | None:
    if envelope is None:
        return None
    if envelope["type"] == SNAPSHOT:  # it says what the subject is now, which may be more than when it was asked for
        envelope["sequence"] = str(envelope["data"]["version"])
    return msgspec.json.encode(envelope)


def _position(claim: Claim) -> int | None:
    return claim.event.position if claim.event else None
