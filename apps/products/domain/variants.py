"""Variants: what tells the members of a group apart, and that no two are the same.

A group is always locked before its members: whoever puts a product into it shares the group's lock, whoever changes
what it varies by has it alone, so a member is never judged by a rule that is just being changed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from apps.core.errors import AlreadyExists, FieldError, Forbidden, InvalidState, NotFound, member_of
from apps.core.preconditions import ExpectedVersion
from apps.core.spelling import key_of, spelled
from apps.outbox.unit_of_work import UnitOfWork
from apps.products.models import Product, ProductGroup
from apps.tenancy.domain import master_data

# Without a wait where a member is locked already: the other order of locks, and the caller tries again.
_SHARE = """
    SELECT ARRAY(SELECT jsonb_array_elements_text(g.varies_by)) FROM products_productgroup g
    WHERE g.tenant_id = %s AND g.id = %s FOR SHARE"""
_SHARE_OR_REFUSE = f"{_SHARE} NOWAIT"
_REGROUP = """
    UPDATE products_product p SET variant_key = given.key
    FROM unnest(%s::text[], %s::text[]) AS given(code, key)
    WHERE p.tenant_id = %s AND p.id = given.code RETURNING p.id"""
_NAMED = 20


def require_staff(uow: UnitOfWork) -> None:
    """Raise Forbidden for whom may not change groups."""
    if not uow.ctx.principal.is_staff:
        raise Forbidden("Product groups are changed by the tenant's staff.")


def varies_by(uow: UnitOfWork, group_id: str | None) -> list[str]:
    """Return what a group varies by, its rule locked; nothing for no group. Raises NotFound where there is none."""
    if group_id is None:
        return []
    rows = uow.fetch(_SHARE, [uow.ctx.tenant_id, group_id])
    if not rows:
        detail = f"There is no product group {group_id!r}."
        raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer="#/groupId")])
    return _names(rows)


def placed(
    uow: UnitOfWork, row: Product, changes: Mapping[str, Any], names: Sequence[str], *, expected: ExpectedVersion | None
) -> dict[str, Any]:
    """Return the further change that places a locked product among the members of its group, if any.

    `names` is what the group varies by that `changes` names. Raises InvalidState for a value that is missing, and
    before it what a stale version raises.
    """
    if not {"group_id", "attributes"} & changes.keys():
        return {}
    group_id = changes.get("group_id", row.group_id)
    if group_id is None:
        return {"variant_key": None}
    if "group_id" not in changes:
        names = _names(uow.fetch(_SHARE_OR_REFUSE, [uow.ctx.tenant_id, group_id]))
        if not names:
            return {}  # a text from before there were groups
    if expected is not None:
        expected.check(row.version)
    attributes = master_data.merge(row.attributes, changes.get("attributes", {}))
    return {"variant_key": variant_key(names, attributes)}


def variant_key(names: Sequence[str], attributes: Mapping[str, str]) -> str | None:
    """Return what a member with these attributes is known by; None where the group is none.

    Raises InvalidState, with what is missing, where it lacks a value.
    """
    if not names:
        return None
    missing = _lacking(names, attributes)
    if missing:
        detail = f"A product of this group has a value for {', '.join(names)}; {', '.join(missing)} is missing."
        errors = [
            FieldError(code="required", detail=detail, pointer=member_of("#/attributes", name)) for name in missing
        ]
        raise InvalidState(detail, errors=errors, variesBy=list(names), missing=missing)
    return key_of(names, [spelled(attributes[name]) for name in names])


@contextmanager
def unlike_its_siblings(group_id: str | None, key: str | None) -> Iterator[None]:
    """Say of a variant that is taken which one it is, not its key.

    Raises AlreadyExists where the block found the key in use.
    """
    try:
        yield
    except AlreadyExists as refusal:
        if key is None or refusal.facts.get("value") != key:
            raise
        detail = f"Another product of the group {group_id} is this variant."
        error = FieldError(code="already_exists", detail=detail, pointer="#/attributes")
        raise AlreadyExists(detail, errors=[error], value=group_id) from refusal


def regroup(uow: UnitOfWork, group: ProductGroup, names: Sequence[str]) -> None:
    """Tell the members of a locked group apart by other attributes.

    Raises InvalidState, with the products, where one lacks a value or two would be the same.
    """
    members = Product.objects.filter(tenant_id=group.tenant_id, group_id=group.pk).order_by("pk")
    attributes = dict(members.values_list("pk", "attributes"))
    lacking = {code: missing for code, given in attributes.items() if (missing := _lacking(names, given))}
    if lacking:
        detail = f"{len(lacking)} products of the group lack a value of what it is to vary by: give them one first."
        missing = sorted({name for each in lacking.values() for name in each})
        raise InvalidState(detail, variesBy=list(names), missing=missing, productIds=sorted(lacking)[:_NAMED])
    keys = {code: str(variant_key(names, given)) for code, given in attributes.items()}
    sharing = Counter(keys.values())
    twins = sorted(code for code, key in keys.items() if sharing[key] > 1)
    if twins:
        detail = f"{len(twins)} products of the group would no longer differ."
        raise InvalidState(detail, variesBy=list(names), productIds=twins[:_NAMED])
    uow.fetch(_REGROUP, [list(keys), list(keys.values()), group.tenant_id])


def _lacking(names: Sequence[str], attributes: Mapping[str, str]) -> list[str]:
    return [name for name in names if not attributes.get(name, "").strip()]


def _names(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    return [str(name) for name in rows[0][0]] if rows else []
