"""Take back what reservations hold beyond their expiry, where no movement has done it yet."""

from apps.outbox.unit_of_work import UnitOfWork, use_case

_DUE = """
    SELECT count(stock_lock_item(due.tenant_id, due.supplier_id, due.product_id, due.retail_partner_id, false))
    FROM (
        SELECT i.tenant_id, i.supplier_id, i.product_id, i.retail_partner_id
        FROM inventory_stockitem i
        WHERE i.tenant_id = %s AND i.leases_expire_at <= clock_timestamp()
        ORDER BY i.supplier_id, i.product_id, i.retail_partner_id NULLS FIRST
        LIMIT 500
    ) due
"""


@use_case(int)
def expire_reservations(uow: UnitOfWork) -> int:
    """Expire what is due in the call's tenant; returns the number of items looked at, at most 500."""
    rows = uow.fetch(_DUE, [uow.ctx.tenant_id])
    return int(rows[0][0])
