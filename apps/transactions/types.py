"""Ledger entries as facts."""

from datetime import datetime
from uuid import UUID

import msgspec


class TransactionFacts(msgspec.Struct, rename="camel", frozen=True):
    """One booking in the ledger."""

    id: UUID
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    item_version: int
    warehouse: str
    owner: str
    batch: str | None
    type: str
    on_hand_change: int
    reserved_change: int
    on_hold_change: int
    on_hand_after: int
    reserved_after: int
    on_hold_after: int
    reservation_id: UUID | None
    reference: str | None
    reason: str | None
    application_id: int
    party: str
    party_id: str
    occurred_at: datetime
    recorded_at: datetime
