from datetime import timedelta
from typing import Any

from django.conf import settings

from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.core.ids import decode_id, encode_id
from apps.inventory.api import reservation_operations as operations
from apps.inventory.api.bodies import moment_of
from apps.inventory.api.reservation_schemas import rendered_new_reservation, rendered_reservation
from apps.inventory.commands.commit_reservation import commit_reservation
from apps.inventory.commands.extend_reservation import extend_reservation
from apps.inventory.commands.release_reservation import release_reservation
from apps.inventory.commands.reserve_stock import reserve_stock
from apps.inventory.queries.reservations import facts_of, reservation, reservations
from apps.inventory.types import CommittedItem, Movement, MovementType, NewReservation, ReservationFacts
from apps.outbox.types import Outcome
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at"}


class Reservations(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        reader, now = call.ctx.principal, call.ctx.now
        return page_of(
            call,
            lambda: reservations(call.ctx),
            lambda row: rendered_reservation(facts_of(row), reader, at=now),
            orders=_ORDERS,
        )

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        outcome = reserve_stock(call.ctx, _new(call))
        facts = outcome.result
        return Answer(
            body=rendered_new_reservation(facts, call.ctx.principal),
            status=201,
            version=facts.version,
            location=f"/v1/reservations/{encode_id('res', facts.reservation_id)}",
            replayed=outcome.replayed,
        )


class ReservationDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, reservation_id: str) -> Answer:
        with reading(call.ctx):
            facts = reservation(call.ctx, decode_id("res", reservation_id))
        body = rendered_reservation(facts, call.ctx.principal, at=call.ctx.now)
        return Answer(body=body, version=facts.version)

    @operation(operations.DELETE)
    def delete(self, call: Call, reservation_id: str) -> Answer:
        outcome = release_reservation(call.ctx, decode_id("res", reservation_id), expected=call.expected)
        return Answer(status=204, replayed=outcome.replayed)


class ReservationExtension(ApiView):
    @operation(operations.EXTEND)
    def post(self, call: Call, reservation_id: str) -> Answer:
        until = moment_of(call.body.expires_at, "#/expiresAt")
        longest = timedelta(days=settings.STOCK_LEASE_MAX_DAYS)
        if until is None or until > call.ctx.now + longest:
            detail = f"A reservation is extended to {longest.days} days from now at most."
            raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/expiresAt")])
        key = decode_id("res", reservation_id)
        return _changed(call, extend_reservation(call.ctx, key, until=until, expected=call.expected))


class ReservationCommitment(ApiView):
    @operation(operations.COMMIT)
    def post(self, call: Call, reservation_id: str) -> Answer:
        key = decode_id("res", reservation_id)
        return _changed(call, commit_reservation(call.ctx, key, items=_committed(call.body), expected=call.expected))


def _new(call: Call) -> NewReservation:
    body = call.body
    expires_at = moment_of(body.expires_at, "#/expiresAt")
    return NewReservation(
        movements=tuple(
            Movement(
                type=MovementType.RESERVATION,
                supplier_id=line.supplier_id,
                product_id=line.product_id,
                retail_partner_id=line.retail_partner_id,
                quantity=line.quantity,
                unit=line.unit_of_measure,
                warehouse_id=line.warehouse_location,
                batch_number=line.batch_number,
                reservation_expires_at=expires_at,
                reference=body.reference,
                beneficiary_id=body.for_retail_partner_id,
            )
            for line in body.items
        ),
        mode=body.mode,
    )


def _committed(body: Any) -> list[CommittedItem] | None:
    """Return what of the reservation is named. Raises ValidationFailed for an item that is named twice."""
    if body.items is None:
        return None
    named: dict[tuple[str, str, str | None], CommittedItem] = {}
    for index, line in enumerate(body.items):
        item = (line.supplier_id, line.product_id, line.retail_partner_id)
        if item in named:
            detail = "Each item is named once."
            error = FieldError(code="invalid", detail=detail, pointer=f"#/items/{index}")
            raise ValidationFailed(detail, errors=[error])
        named[item] = CommittedItem(*item, line.quantity, line.unit_of_measure)
    return list(named.values())


def _changed(call: Call, outcome: Outcome[ReservationFacts]) -> Answer:
    facts = outcome.result
    body = rendered_reservation(facts, call.ctx.principal, at=facts.at or call.ctx.now)
    return Answer(body=body, version=facts.version, replayed=outcome.replayed)
