"""Documents under a party's names and back: nothing is lost, and nothing bears another's name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import ValidationFailed
from apps.inventory.api.schemas import ItemView, OfferedItemView
from apps.products.api.schemas import ProductView
from apps.products.domain.field_mapping import map_fields, refuse_ambiguity, unmap_fields
from apps.products.types import MAPPED_MEMBERS, FieldNames

_DOCUMENT = {"productId": "P1", "name": "Hot sauce", "attributes": {"heat": "mild", "origin": "MX"}, "images": ["x"]}


def _names(fields: dict[str, str], attributes: dict[str, str] | None = None) -> FieldNames:
    return FieldNames(fields=fields, attribute_fields=attributes or {})


@pytest.mark.parametrize(
    ("names", "mapped"),
    [
        (_names({}), _DOCUMENT),
        (
            _names({"productId": "article", "gtin": "ean"}),
            {"article": "P1", "name": "Hot sauce", "attributes": _DOCUMENT["attributes"], "images": ["x"]},
        ),
        (
            _names({"name": "title"}, {"heat": "spiciness", "colour": "farbe"}),
            {
                "productId": "P1",
                "title": "Hot sauce",
                "attributes": {"origin": "MX"},
                "images": ["x"],
                "spiciness": "mild",
            },
        ),
        (
            _names({"attributes": "extra", "productId": "name", "name": "productId"}, {"heat": "h"}),
            {"name": "P1", "productId": "Hot sauce", "extra": {"origin": "MX"}, "images": ["x"], "h": "mild"},
        ),
    ],
)
def test_what_a_party_gets(names: FieldNames, mapped: dict[str, Any]) -> None:
    assert map_fields(_DOCUMENT, names) == mapped
    assert unmap_fields(mapped, names) == _DOCUMENT


_TEXT = st.text(min_size=1, max_size=8)
_PRODUCT = sorted(MAPPED_MEMBERS["product"] - {"attributes"})


@given(
    values=st.dictionaries(st.sampled_from(_PRODUCT), st.integers()),
    attributes=st.dictionaries(_TEXT, _TEXT),
    fields=st.dictionaries(st.sampled_from([*_PRODUCT, "attributes"]), _TEXT),
    lifted=st.dictionaries(_TEXT, _TEXT),
)
def test_every_unambiguous_mapping_can_be_taken_back(
    values: dict[str, int], attributes: dict[str, str], fields: dict[str, str], lifted: dict[str, str]
) -> None:
    names = _names(fields, lifted)
    try:
        refuse_ambiguity("product", names)
    except ValidationFailed:
        return
    document = {**values, "attributes": attributes}
    assert unmap_fields(map_fields(document, names), names) == document


@pytest.mark.parametrize(
    ("names", "pointer"),
    [
        (_names({"colour": "farbe"}), "#/fields/colour"),
        (_names({"name": "sku"}), "#/fields/name"),
        (_names({"name": "title", "sku": "title"}), "#/fields/sku"),
        (_names({"name": "title"}, {"heat": "title"}), "#/attributeFields/heat"),
        (_names({}, {"heat": "name"}), "#/attributeFields/heat"),
        (_names({}, {"a/b": "x", "c~d": "x"}), "#/attributeFields/c~0d"),
    ],
)
def test_no_two_members_bear_one_name(names: FieldNames, pointer: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        refuse_ambiguity("product", names)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_names_may_change_places() -> None:
    refuse_ambiguity("product", _names({"name": "sku", "sku": "name"}, {"heat": "spiciness"}))


def test_the_members_are_those_of_the_answers() -> None:
    answers = {"product": (ProductView,), "inventory": (ItemView, OfferedItemView)}
    assert {
        resource: frozenset(name for view in views for name in view.__struct_encode_fields__)
        for resource, views in answers.items()
    } == MAPPED_MEMBERS
