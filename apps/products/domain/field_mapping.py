"""From our names of members to a party's, and back: pure functions, for whoever sends or receives documents."""

from collections.abc import Mapping
from typing import Any

from apps.core.errors import FieldError, ValidationFailed, member_of
from apps.products.types import MAPPED_MEMBERS, FieldNames

MOST_NAMES = 100
_ATTRIBUTES = "attributes"


def map_fields(document: Mapping[str, Any], names: FieldNames) -> dict[str, Any]:
    """Return a document of ours as a party names its members.

    What is not mapped keeps its name. A mapped attribute becomes a member of its own; the others stay in `attributes`.
    """
    mapped = {names.fields.get(name, name): value for name, value in document.items()}
    outer = names.fields.get(_ATTRIBUTES, _ATTRIBUTES)
    attributes = mapped.get(outer)
    if isinstance(attributes, Mapping):
        mapped[outer] = {name: value for name, value in attributes.items() if name not in names.attribute_fields}
        mapped |= {names.attribute_fields[name]: attributes[name] for name in attributes.keys() - mapped[outer].keys()}
    return mapped


def unmap_fields(document: Mapping[str, Any], names: FieldNames) -> dict[str, Any]:
    """Return a party's document under our names: what `map_fields` made, as it was."""
    ours = {theirs: name for name, theirs in names.fields.items()}
    lifted = {theirs: name for name, theirs in names.attribute_fields.items()}
    found = {ours.get(name, name): value for name, value in document.items() if name not in lifted}
    attributes = {lifted[name]: value for name, value in document.items() if name in lifted}
    if attributes:
        found[_ATTRIBUTES] = {**(found.get(_ATTRIBUTES) or {}), **attributes}
    return found


def refuse_too_many(names: FieldNames) -> None:
    """Raise ValidationFailed for more names than a mapping has room for."""
    for member, mapped in (("fields", names.fields), ("attributeFields", names.attribute_fields)):
        if len(mapped) > MOST_NAMES:
            detail = f"These would be {len(mapped)} names; there is room for {MOST_NAMES}."
            raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=f"#/{member}")])


def refuse_ambiguity(resource: str, names: FieldNames) -> None:
    """Raise ValidationFailed for a member that the resource has not, and where two would bear one name."""
    known = MAPPED_MEMBERS[resource]
    for name in names.fields:
        if name not in known:
            raise _refused(f"A document of {resource} has no member {name!r}.", "fields", name)
    taken = {name: name for name in known if name not in names.fields}
    for member, mapped in (("fields", names.fields), ("attributeFields", names.attribute_fields)):
        for name, theirs in mapped.items():
            if theirs in taken:
                raise _refused(f"{taken[theirs]!r} is called {theirs!r} too.", member, name)
            taken[theirs] = name


def _refused(detail: str, member: str, name: str) -> ValidationFailed:
    pointer = member_of(f"#/{member}", name)
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
