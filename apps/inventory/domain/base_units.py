"""Quantities in base units, where a use case has to know them before it asks the kernel."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from apps.core.errors import FieldError
from apps.core.structs import decoder_of
from apps.inventory.errors import refusal_of
from apps.outbox.unit_of_work import UnitOfWork

_CONVERT = """
    SELECT product_base_quantity(%s, asked.product, asked.unit, asked.quantity)::text
    FROM jsonb_to_recordset(%s::jsonb) AS asked (place integer, product text, unit text, quantity bigint)
    ORDER BY asked.place
"""
_converted = decoder_of(dict[str, object])


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity of a product in one of its units (None: the base unit), and where the request says so."""

    product_id: str
    unit: str | None
    quantity: int
    pointer: str


def in_base_units(uow: UnitOfWork, asked: Sequence[Measured]) -> list[int]:
    """Return each quantity in base units, exactly.

    Raises ValidationFailed for a unit that the product does not have or a quantity beyond bounds, and
    InexactConversion with the nearest quantities, with a pointer to the quantity.
    """
    quantities = [each.quantity for each in asked]
    measured = [(place, each) for place, each in enumerate(asked) if each.unit is not None and each.quantity]
    if not measured:
        return quantities
    rows = uow.fetch(
        _CONVERT,
        [
            uow.ctx.tenant_id,
            msgspec.json.encode(
                [
                    {"place": place, "product": each.product_id, "unit": each.unit, "quantity": each.quantity}
                    for place, each in measured
                ]
            ).decode(),
        ],
    )
    for (place, each), (row,) in zip(measured, rows, strict=True):
        quantities[place] = _quantity_or_raise(_converted.decode(row), each.pointer)
    return quantities


def _quantity_or_raise(found: dict[str, object], pointer: str) -> int:
    quantity = found.get("quantity")
    if isinstance(quantity, int):
        return quantity
    facts = found["facts"]
    refusal = refusal_of(str(found["code"]), dict(facts) if isinstance(facts, dict) else {}, None)
    refusal.errors = (FieldError(code=refusal.code, detail=refusal.detail, pointer=pointer),)
    raise refusal
