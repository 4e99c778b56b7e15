"""Guarantee a share of a house item to a retail partner or to a channel."""

from dataclasses import dataclass
from datetime import datetime

from apps.core.ids import encode_id, uuid7
from apps.inventory.domain import kernel
from apps.inventory.domain.pools import only_staff, pool_line
from apps.inventory.queries.allocations import AllocationFacts, allocation
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.retail_partners.queries import retail_partners
from apps.tenancy.domain import master_data


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllocation:
    """A pool to make: of a retail partner or of a channel, in base units."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    channel: str | None
    quantity: int
    borrowable_until: datetime | None
    ends_at: datetime | None


@use_case(AllocationFacts)
def allocate_stock(uow: UnitOfWork, new: NewAllocation) -> AllocationFacts:
    """Make a pool.

    Raises Forbidden for others than staff, NotFound for an item or a partner that is not there, AlreadyExists where
    the partner or channel has a pool of the item, InsufficientStock where more is guaranteed than is left.
    """
    only_staff(uow)
    if new.retail_partner_id is not None:
        master_data.require(retail_partners(uow.ctx), new.retail_partner_id, pointer="#/retailPartnerId")
    key = uuid7()
    pool = {
        "id": key,
        "retailPartner": new.retail_partner_id,
        "channel": new.channel,
        "quantity": new.quantity,
        "borrowableUntil": new.borrowable_until,
        "endsAt": new.ends_at,
    }
    kernel.post_one(uow, pool_line(new.supplier_id, new.product_id, pool))
    return allocation(uow.ctx, encode_id("alc", key))
