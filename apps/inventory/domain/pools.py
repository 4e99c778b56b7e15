"""Pools: what a use case asks of the kernel (`pools.sql`)."""

from typing import Any

from apps.core.context import PartyType
from apps.core.errors import Forbidden, NotFound
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.item_locks import lock_item
from apps.inventory.domain.movements import POOL
from apps.inventory.models import Allocation
from apps.inventory.queries.allocations import found_allocation
from apps.outbox.unit_of_work import UnitOfWork


def only_staff(uow: UnitOfWork) -> None:
    """Refuse everybody but the tenant's staff: sharing an item out is theirs."""
    if uow.ctx.principal.party is not PartyType.TENANT:
        raise Forbidden("Only the tenant's staff share stock out.")


def lock_allocation(uow: UnitOfWork, allocation_id: str, expected: ExpectedVersion | None) -> Allocation:
    """Return a pool under the lock of its item, at a version that the caller expects.

    Raises NotFound where it is absent or invisible, Forbidden for others than staff, a version conflict.
    """
    seen = found_allocation(uow.ctx, allocation_id)
    only_staff(uow)
    if lock_item(uow, seen.item.supplier_id, seen.item.product_id) is None:
        raise NotFound
    row = found_allocation(uow.ctx, allocation_id)
    if expected is not None:
        expected.check(row.version)
    return row


def pool_line(supplier_id: str, product_id: str, pool: dict[str, Any]) -> dict[str, Any]:
    """Return a pool to make, change or end as the kernel reads it."""
    return {
        "type": "allocation",
        "supplier": supplier_id,
        "product": product_id,
        "partner": None,
        "allocation": pool,
        "rule": POOL.as_json(),
    }
