from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.models.transfer import Transfer, TransferLine, TransferParcel, TransferQuerySet
from apps.tenancy.queries import found


class ParcelFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What was sent of one batch, and what became of it; `expires_at` as of when it left."""

    batch: str | None
    expires_at: datetime | None
    shipped: int
    received: int
    damaged: int
    over: int
    short: int
    returned: int

    @property
    def in_transit(self) -> int:
        """What is still under way."""
        return self.shipped + self.over - self.received - self.damaged - self.short - self.returned


class TransferLineFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One line of a transfer, with what was sent of it."""

    supplier_id: str
    product_id: str
    batch: str | None
    planned: int
    parcels: list[ParcelFacts]


class TransferFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A transfer at one version. A partner is the retail partner that owns the warehouse at that end."""

    transfer_id: str
    version: int
    status: str
    from_warehouse: str
    to_warehouse: str
    from_partner: str | None
    to_partner: str | None
    supplier_id: str | None
    reference: str | None
    expected_at: datetime | None
    created_at: datetime
    updated_at: datetime
    shipped_at: datetime | None
    closed_at: datetime | None
    items: list[TransferLineFacts]


@dataclass(frozen=True, slots=True)
class Content:
    """A line of a transfer and what was sent of it."""

    line: TransferLine
    parcels: list[TransferParcel]


def transfers(ctx: CallContext) -> TransferQuerySet:
    """Return the transfers that the caller may see, with what they move."""
    return Transfer.objects.visible_to(ctx.principal).with_items(ctx.tenant_id)


def transfer(ctx: CallContext, transfer_id: str) -> TransferFacts:
    """Return one transfer. Raises NotFound where it is absent or invisible."""
    row = found(transfers(ctx), transfer_id)
    return transfer_facts(row, contents_of(row))


def may_see(reader: Principal, facts: TransferFacts) -> bool:
    """Tell whether a reader sees a transfer: the same rule as `TransferQuerySet.visible_to`."""
    match reader.party:
        case PartyType.TENANT:
            return True
        case PartyType.SUPPLIER:
            return facts.supplier_id == reader.party_id and facts.from_partner is None
        case PartyType.RETAIL_PARTNER:
            return reader.party_id in (facts.from_partner, facts.to_partner)


def contents_of(row: Transfer) -> list[Content]:
    """Return the lines of a row that was read with its items, and their parcels."""
    return [Content(line, list(line.parcels.all())) for line in row.lines.all()]


def transfer_facts(row: Transfer, contents: Sequence[Content]) -> TransferFacts:
    """Return a row and what it moves as facts."""
    return TransferFacts(
        transfer_id=row.pk,
        version=row.version,
        status=row.status,
        from_warehouse=row.from_warehouse_id,
        to_warehouse=row.to_warehouse_id,
        from_partner=row.from_partner_id,
        to_partner=row.to_partner_id,
        supplier_id=row.supplier_id,
        reference=row.reference,
        expected_at=row.expected_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        shipped_at=row.shipped_at,
        closed_at=row.closed_at,
        items=[_line_facts(content) for content in contents],
    )


def _line_facts(content: Content) -> TransferLineFacts:
    line = content.line
    return TransferLineFacts(
        supplier_id=line.supplier_id,
        product_id=line.product_id,
        batch=line.batch_number,
        planned=line.planned,
        parcels=[
            ParcelFacts(
                batch=parcel.batch_number,
                expires_at=parcel.expires_at,
                shipped=parcel.shipped,
                received=parcel.received,
                damaged=parcel.damaged,
                over=parcel.over,
                short=parcel.short,
                returned=parcel.returned,
            )
            for parcel in content.parcels
        ],
    )
