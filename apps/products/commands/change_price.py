from typing import Any

from apps.core.errors import InvalidState
from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import pricing
from apps.products.models import Price
from apps.products.queries.prices import price_facts, prices
from apps.products.types import PriceFacts
from apps.tenancy.domain import master_data


@use_case(PriceFacts)
def change_price(
    uow: UnitOfWork, price_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> PriceFacts:
    """Change what `changes` names of a price; for whom and for what it holds never changes, nor does its currency.

    Raises Forbidden for all but staff, and AlreadyExists where it would meet another price.
    """
    pricing.refuse_all_but_staff(uow.ctx)
    row = master_data.lock(prices(uow.ctx), price_id)
    if expected is not None:
        expected.check(row.version)  # before anything is compared with stored values that the caller never read
    currency = changes.pop("currency_code", row.currency_code)
    if currency != row.currency_code:
        raise InvalidState(f"The price is in {row.currency_code}: its currency never changes.")
    pricing.refuse_empty_window(changes.get("valid_from", row.valid_from), changes.get("valid_to", row.valid_to))
    pricing.lock_product(uow, row.product_id)
    pricing.refuse_overlap(uow, _as_it_will_be(row, changes))
    return price_facts(master_data.patch(uow, row, expected=expected, changes=changes))


def _as_it_will_be(row: Price, changes: dict[str, Any]) -> Price:
    names = [field.attname for field in Price._meta.concrete_fields]
    return Price(**{name: changes.get(name, getattr(row, name)) for name in names})
