"""Movements under codes that are not mapped yet: kept, and booked once they are."""

import re
from dataclasses import replace
from typing import Any

import msgspec

from apps.core.codes import OWN_CODE_PREFIX, OwnCode
from apps.core.context import CallContext, PartyType
from apps.core.errors import Refusal
from apps.core.ids import uuid7
from apps.core.structs import convert
from apps.inventory.domain import kernel
from apps.inventory.models import ParkedMovement
from apps.inventory.types import Movement, MovementFacts, MovementType
from apps.outbox.unit_of_work import UnitOfWork
from apps.retail_partners.queries import retail_partners
from apps.suppliers.queries import suppliers

# What can be mapped some day: a path may hold more than a body's pattern lets through.
_OWN_CODE = re.compile(rf"{OWN_CODE_PREFIX}[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,64}}")
# A hold that may come into being some day holds nothing, and what gives one back needs the one that there is.
_NOW_OR_NEVER = frozenset({MovementType.RESERVATION, MovementType.RELEASE})


def may_wait(ctx: CallContext, movement: Movement) -> bool:
    """Tell whether a movement is one to park.

    Its code stands for nothing, it is of the caller's own stock, and it depends on nothing that is now: neither a
    version nor a reservation.
    """
    if not _OWN_CODE.fullmatch(movement.product_id) or movement.type in _NOW_OR_NEVER:
        return False
    if movement.expected is not None or movement.reservation_id is not None:
        return False
    principal = ctx.principal
    match principal.party:
        case PartyType.SUPPLIER:
            mine = movement.supplier_id == principal.party_id and movement.retail_partner_id is None
            return mine and suppliers(ctx).filter(pk=principal.party_id).exists()
        case PartyType.RETAIL_PARTNER:
            mine = movement.retail_partner_id == principal.party_id
            return mine and retail_partners(ctx).filter(pk=principal.party_id).exists()
    return False


def park(uow: UnitOfWork, movements: list[Movement]) -> list[ParkedMovement]:
    """Keep movements until their codes are mapped. What they say happened is as of now, unless they say when."""
    ctx = uow.ctx
    ids = sorted(uuid7() for _ in movements)
    rows = [
        ParkedMovement(
            tenant_id=ctx.tenant_id,
            id=id_,
            application_id=ctx.principal.application_id,
            party_type=ctx.principal.party,
            party_id=ctx.principal.party_id,
            partner_sku=movement.product_id.removeprefix(OWN_CODE_PREFIX),
            movement=_kept(movement),
            request_id=ctx.request_id,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        for id_, movement in zip(ids, movements, strict=True)
    ]
    return ParkedMovement.objects.bulk_create(rows)


def book(uow: UnitOfWork, row: ParkedMovement, code: OwnCode) -> None:
    """Book a locked parked movement of the product that its code stands for, or note why it cannot be."""
    movement = _movement(row, code)
    (result,) = kernel.post_within(uow, [kernel.movement_line(movement)])
    row.product_id = code.product_id
    if isinstance(result, Refusal):
        row.status, row.problem = ParkedMovement.REFUSED, _problem(result)
    else:
        row.status, row.transaction_ids, row.review_id = ParkedMovement.BOOKED, _transactions(result), result.review_id
    row.version += 1
    row.updated_at = uow.ctx.now
    row.save(
        force_update=True,
        update_fields=["status", "product_id", "transaction_ids", "review_id", "problem", "version", "updated_at"],
    )


def _kept(movement: Movement) -> dict[str, Any]:
    kept: dict[str, Any] = msgspec.to_builtins(movement)
    return {name: value for name, value in kept.items() if value is not None and name != "product_id"}


def _movement(row: ParkedMovement, code: OwnCode) -> Movement:
    movement = convert({**row.movement, "product_id": code.product_id}, Movement, strict=False)
    counted_at = (movement.occurred_at or row.created_at) if movement.type is MovementType.COUNT else None
    return replace(
        movement,
        unit=movement.unit or code.unit_of_measure,
        occurred_at=movement.occurred_at or row.created_at,
        counted_at=movement.counted_at or counted_at,
    )


def _problem(refusal: Refusal) -> dict[str, Any]:
    errors = [error.as_dict() for error in refusal.errors]
    return {"code": refusal.code, "detail": refusal.detail, "facts": refusal.facts, "errors": errors}


def _transactions(facts: MovementFacts) -> list[str]:
    return [str(booked.id) for booked in facts.transactions]
