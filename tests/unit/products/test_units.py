"""A quantity in base units is the fraction that it is, or refused: checked against Python's own fractions."""

from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.core.structs import decoder_of
from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import make_product
from tests.support.api import TestTenant

MAX = 10**9
_units = count()
_plain = decoder_of(object)
_factors = st.one_of(st.integers(1, 60), st.integers(1, MAX))
_quantities = st.one_of(st.integers(-200, 200), st.integers(-MAX, MAX))


@pytest.fixture(scope="module")
def shop(database_access: None) -> TestTenant:
    """Return a tenant with one product."""
    tenant = TestTenant("units")
    make_product(tenant, "P1")
    return tenant


def _converted(tenant: TestTenant, unit: str, quantity: int, product: str = "P1") -> Any:
    with as_tenant(tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT product_base_quantity(%s, %s, %s, %s)::text", [tenant.id, product, unit, quantity])
        return _plain.decode(cursor.fetchone()[0])


def _new_unit(tenant: TestTenant, numerator: int, denominator: int) -> str:
    unit = f"U{next(_units)}"
    body = {"unitOfMeasure": unit, "numerator": numerator, "denominator": denominator}
    made = tenant.operator.post("/v1/products/P1/packaging", body)
    assert made.status == 201, made.json
    return unit


def _is_good(quantity: int, factor: Fraction) -> bool:
    return quantity != 0 and abs(quantity) <= MAX and abs(quantity * factor) <= MAX


@settings(max_examples=300, deadline=None)
@given(numerator=_factors, denominator=_factors, quantity=_quantities)
@example(numerator=MAX, denominator=1, quantity=MAX)
@example(numerator=MAX, denominator=MAX - 1, quantity=MAX)
@example(numerator=MAX - 1, denominator=MAX, quantity=MAX - 1)
@example(numerator=1, denominator=3, quantity=MAX)
@example(numerator=1, denominator=MAX, quantity=-1)
@example(numerator=4, denominator=6, quantity=1)
def test_it_is_exact_or_refused(shop: TestTenant, numerator: int, denominator: int, quantity: int) -> None:
    factor = Fraction(numerator, denominator)
    exact = quantity * factor
    got = _converted(shop, unit := _new_unit(shop, numerator, denominator), quantity)
    if exact.denominator != 1:
        facts = got["facts"]
        assert (got["code"], facts["unitOfMeasure"], facts["requested"]) == ("inexact_conversion", unit, quantity)
        whole = [n for n in _around(quantity, factor) if _is_good(n, factor)]
        assert facts["nearestQuantities"] == whole
        assert [_converted(shop, unit, n) for n in whole] == [{"quantity": int(n * factor)} for n in whole]
    elif abs(exact) > MAX:
        facts = {"unitOfMeasure": unit, "requested": quantity, "maximum": MAX}
        assert got == {"code": "invalid_quantity", "facts": facts}
    else:
        assert got == {"quantity": int(exact)}


def _around(quantity: int, factor: Fraction) -> tuple[int, int]:
    """Return the next quantities below and above that are whole: a fraction is whole at multiples of its denominator."""
    below = quantity - quantity % factor.denominator
    return below, below + factor.denominator


@settings(max_examples=50, deadline=None)
@given(quantity=_quantities)
def test_the_base_unit_counts_itself(shop: TestTenant, quantity: int) -> None:
    assert _converted(shop, "EA", quantity) == {"quantity": quantity}


def test_an_unknown_unit_names_the_known_ones(tenant: TestTenant) -> None:
    make_product(tenant, "P1", unitOfMeasure="LTR")
    for unit in ("PX", "CS"):
        body = {"unitOfMeasure": unit, "numerator": 12}
        assert tenant.operator.post("/v1/products/P1/packaging", body).status == 201
    facts = {"unitOfMeasure": "XX", "unitsOfMeasure": ["LTR", "CS", "PX"]}
    assert _converted(tenant, "XX", 1) == {"code": "unknown_unit", "facts": facts}


def test_an_unknown_product_is_not_found(tenant: TestTenant) -> None:
    assert _converted(tenant, "EA", 1, product="NONE") == {"code": "not_found", "facts": {}}


def test_another_tenants_packaging_is_nobody_s(tenant: TestTenant, other_tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_product(other_tenant, "P1")
    _new_unit(other_tenant, 12, 1)
    assert _converted(tenant, f"U{next(_units) - 1}", 1)["facts"]["unitsOfMeasure"] == ["EA"]
