from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import pricing
from apps.products.queries.prices import prices
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_price(uow: UnitOfWork, price_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a price."""
    pricing.refuse_all_but_staff(uow.ctx)
    master_data.delete(uow, master_data.lock(prices(uow.ctx), price_id), expected=expected)
    return True
