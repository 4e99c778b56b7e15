"""A batch's trace: every movement, place, reservation and party, of one moment."""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.core.context import CallContext, PartyType
from apps.core.errors import NotFound
from apps.core.structs import decoder_of
from apps.outbox.connections import fetch_for_tenant
from apps.transactions.types import TransactionFacts

# Of the movements and of the reservations, the newest; the ledger's own list pages through all.
MAX_TRACED = 200
_TRACE = "SELECT stock_batch_trace(%s, %s, %s, %s, %s, %s, %s)::text"


class PartyOfBatch(msgspec.Struct, rename="camel", frozen=True):
    """Somebody who has the batch: the house, or a retail partner."""

    partner: str | None
    expires_at: datetime | None
    held: bool
    reason: str | None
    held_at: datetime | None
    on_hand: int


class LevelOfBatch(msgspec.Struct, rename="camel", frozen=True):
    """What of it lies in one place."""

    partner: str | None
    warehouse: str
    owner: str
    on_hand: int
    reserved: int
    on_hold: int


class TotalsOfBatch(msgspec.Struct, rename="camel", frozen=True):
    """What was ever booked of it: received + returned - sold - shipped - damaged + adjusted + transferred = on hand."""

    received: int
    returned: int
    sold: int
    shipped: int
    damaged: int
    adjusted: int
    transferred: int
    on_hand: int


class ReservationOfBatch(msgspec.Struct, rename="camel", frozen=True):
    """A reservation that holds, or held, of it; `taker` is the retail partner that it is for."""

    id: UUID
    partner: str | None
    taker: str | None
    reserved: int
    held: int
    shipped: int
    displaced: int


class PartnerOfBatch(msgspec.Struct, rename="camel", frozen=True):
    """A retail partner that got of it: into its own stock (of `sent`, `delivered`), or out of the house (`taken`)."""

    partner: str
    sent: int
    delivered: int
    taken: int
    on_hand: int


class TraceFacts(msgspec.Struct, rename="camel", frozen=True):
    """All of it; of movements and reservations the newest `MAX_TRACED`."""

    parties: list[PartyOfBatch]
    levels: list[LevelOfBatch]
    totals: TotalsOfBatch
    reservations: list[ReservationOfBatch]
    reservation_count: int
    partners: list[PartnerOfBatch]
    movements: list[TransactionFacts]
    movement_count: int


def batch_trace(
    ctx: CallContext, supplier_id: str, product_id: str, number: str, retail_partner_id: str | None
) -> TraceFacts:
    """Trace a batch: for staff everybody's or a partner's, for a supplier the house's, for a retail partner its own.

    Raises NotFound where the caller sees no such batch.
    """
    principal, partner = ctx.principal, retail_partner_id
    match principal.party:
        case PartyType.SUPPLIER:
            if supplier_id != principal.party_id or partner is not None:
                raise NotFound
        case PartyType.RETAIL_PARTNER:
            if partner not in {None, principal.party_id}:
                raise NotFound
            partner = principal.party_id
    everybody = principal.party is PartyType.TENANT and partner is None
    key = (ctx.tenant_id, supplier_id, product_id, number, partner, everybody, MAX_TRACED)
    rows = fetch_for_tenant(ctx.tenant_id, _TRACE, key)
    if rows[0][0] is None:
        raise NotFound
    return decoder_of(TraceFacts).decode(rows[0][0])
