"""The only Python caller of the stock kernel (`kernel.sql`), the only writer of stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from apps.core.context import CallContext
from apps.core.errors import Refusal
from apps.core.metrics import group_lines, kernel_seconds, movements_of, timed
from apps.core.preconditions import ExpectedVersion
from apps.core.structs import decoder_of
from apps.core.traces import span
from apps.inventory.domain.movements import CORRECTION, SETTINGS, rule_json
from apps.inventory.errors import refusal_of
from apps.inventory.types import ItemChange, LineResult, Movement, MovementFacts, ReservationFacts
from apps.outbox.connections import fetch_one_statement
from apps.outbox.group_commit import GroupCommit
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import UnitOfWork

Line: TypeAlias = dict[str, Any]

POST_MOVEMENTS = "SELECT post_movements(%s, %s::jsonb)::text"
POST_GROUP = "SELECT post_movements(%s, %s::jsonb, %s)::text"
EXPIRE_DUE = "SELECT stock_expire_due(%s, 500)"
FILL_DUE = "SELECT stock_fill_due(%s, %s, 500)"
RESERVATION_FACTS = "SELECT stock_reservation_facts(%s, %s)::text"
SWEEP_BATCHES = "SELECT stock_sweep_batches(%s, %s, 500)"
_results = decoder_of(list[LineResult])
_facts = decoder_of(MovementFacts)
_refusal = decoder_of(dict[str, Any])
_reservation = decoder_of(ReservationFacts)


@dataclass(frozen=True, slots=True)
class _GroupLine:
    """A line on its way into a shared transaction."""

    item: tuple[str, ...]
    key: tuple[int, str] | None
    json: bytes


def post_alone(ctx: CallContext, line: Line, expected: ExpectedVersion | None) -> Outcome[MovementFacts]:
    """Apply one line in one round trip, under the call's key, in a transaction shared with its neighbours.

    Raises the line's refusal.
    """
    claim = ctx.idempotency
    if claim:
        line = {**line, "key": claim.key, "fingerprint": claim.fingerprint.hex()}
    line["actor"] = _actor(ctx)
    waiting = _GroupLine(
        item=(line["supplier"], line["product"], line["partner"] or ""),
        key=(ctx.principal.application_id, claim.key) if claim else None,
        json=msgspec.json.encode(line),
    )
    with span("stock kernel", movement=line["type"]):  # the wait for a shared transaction included
        result = _group.submit(ctx.tenant_id, waiting)
    return _outcome(result, expected)


def post_within(
    uow: UnitOfWork, lines: Sequence[Line], *, expected: ExpectedVersion | None = None
) -> list[MovementFacts | Refusal]:
    """Apply lines inside an open unit of work, in their order; a refused line leaves nothing and disturbs no other."""
    actor = _actor(uow.ctx)
    posted = msgspec.json.encode([{**line, "actor": actor} for line in lines]).decode()
    with timed(kernel_seconds), span("stock kernel", lines=len(lines)):
        rows = uow.fetch(POST_MOVEMENTS, [uow.ctx.tenant_id, posted])
    uow.wrote_events()
    found = [_facts_or_refusal(result, expected) for result in _results.decode(rows[0][0])]
    for facts in found:
        if not isinstance(facts, Refusal) and facts.transactions:
            uow.count(movements_of(facts.transactions[0].type))
    return found


def post_one(uow: UnitOfWork, line: Line, *, expected: ExpectedVersion | None = None) -> MovementFacts:
    """Apply one line inside an open unit of work. Raises its refusal."""
    (result,) = post_within(uow, [line], expected=expected)
    if isinstance(result, Refusal):
        raise result
    return result


def expire_due(uow: UnitOfWork) -> int:
    """Take back what reservations of the tenant hold beyond their expiry; returns the number of items, at most 500."""
    return int(uow.fetch(EXPIRE_DUE, [uow.ctx.tenant_id])[0][0])


def fill_due(uow: UnitOfWork, after: int) -> int:
    """Promise what time has made available to what waits for it, in at most 500 items with keys beyond `after`.

    Returns the key of the last; 0 where there are no more.
    """
    return int(uow.fetch(FILL_DUE, [uow.ctx.tenant_id, after])[0][0])


def sweep_batches(uow: UnitOfWork, horizon: timedelta) -> int:
    """Tell of batches that expire within the horizon or have expired; returns the number of batches, at most 500."""
    return int(uow.fetch(SWEEP_BATCHES, [uow.ctx.tenant_id, horizon])[0][0])


def reservation_facts(uow: UnitOfWork, reservation_id: UUID) -> ReservationFacts:
    """Return a reservation as it stands inside the unit of work, under whatever locks that holds."""
    rows = uow.fetch(RESERVATION_FACTS, [uow.ctx.tenant_id, reservation_id])
    return _reservation.decode(rows[0][0])


def movement_line(movement: Movement) -> Line:
    """Return a movement as the kernel reads it."""
    line: Line = {
        "type": movement.type,
        "supplier": movement.supplier_id,
        "product": movement.product_id,
        "partner": movement.retail_partner_id,
        "quantity": movement.quantity,
        "rule": rule_json(movement),
    }
    optional = {
        "unit": movement.unit,
        "warehouse": movement.warehouse_id,
        "batch": movement.batch_number,
        "expiresAt": movement.expires_at,
        "toWarehouse": movement.to_warehouse_id,
        "reservation": movement.reservation_id,
        "reservationExpiresAt": movement.reservation_expires_at,
        "reference": movement.reference,
        "reason": movement.reason,
        "occurredAt": movement.occurred_at,
        "countedAt": movement.counted_at,
        "beneficiary": movement.beneficiary_id,
        "source": movement.source,
        "versions": _versions(movement.expected),
    }
    line.update((name, value) for name, value in optional.items() if value is not None)
    return line


def change_line(change: ItemChange) -> Line:
    """Return a correction, or settings alone, as the kernel reads it."""
    line: Line = {
        "type": "adjustment",
        "supplier": change.supplier_id,
        "product": change.product_id,
        "partner": change.retail_partner_id,
        "settings": change.settings,
        "reason": "set",
        "rule": (SETTINGS if change.inventory_level is None else CORRECTION).as_json(),
    }
    optional = {
        "quantity": change.inventory_level,
        "warehouse": change.warehouse_id,
        "batch": change.batch_number,
        "versions": _versions(change.expected),
    }
    line.update((name, value) for name, value in optional.items() if value is not None)
    return line


def _versions(expected: ExpectedVersion | None) -> list[int] | None:
    return None if expected is None or expected.versions is None else sorted(expected.versions)


def _actor(ctx: CallContext) -> dict[str, Any]:
    principal = ctx.principal
    return {
        "application": principal.application_id,
        "party": principal.party,
        "partyId": principal.party_id,
        "request": ctx.request_id,
    }


def _post_group(tenant_id: int, lines: Sequence[_GroupLine], lock_milliseconds: int) -> list[LineResult]:
    posted = b"[" + b",".join(line.json for line in lines) + b"]"
    group_lines.observe(len(lines))
    with timed(kernel_seconds):
        rows = fetch_one_statement(POST_GROUP, [tenant_id, posted.decode(), f"{lock_milliseconds}ms"])
    return _results.decode(rows[0][0])


_group: GroupCommit[_GroupLine, LineResult] = GroupCommit(_post_group)


def _outcome(result: LineResult, expected: ExpectedVersion | None) -> Outcome[MovementFacts]:
    found = _facts_or_refusal(result, expected)
    if isinstance(found, Refusal):
        raise found
    replayed = result.status == "replayed"
    if found.transactions and not replayed:
        movements_of(found.transactions[0].type).inc()
    return Outcome(found, replayed=replayed)


def _facts_or_refusal(result: LineResult, expected: ExpectedVersion | None = None) -> MovementFacts | Refusal:
    if result.code is not None:
        return refusal_of(result.code, _refusal.decode(result.facts), expected)
    return _facts.decode(result.facts)
