"""Creating, changing and deleting versioned master data: the same rules for every resource that has a code."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import IntegrityError
from django.db.models import QuerySet

from apps.core.errors import AlreadyExists, NotFound, ResourceInUse
from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.models import MasterData, RetiredCode

M = TypeVar("M", bound=MasterData)


def create(uow: UnitOfWork, model: type[M], *, code: str, **values: Any) -> M:
    """Create a row under a code that was never used.

    Raises AlreadyExists for a code (or another unique value) that is taken or retired.
    """
    if RetiredCode.objects.filter(tenant_id=uow.ctx.tenant_id, kind=model._meta.model_name, code=code).exists():
        raise AlreadyExists("The code was used before; codes are never reused.", value=code)
    row = model(
        id=code, tenant_id=uow.ctx.tenant_id, created_at=uow.ctx.now, updated_at=uow.ctx.now, **values
    )
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        raise _already_exists(error, code) from error
    return row


def lock(rows: QuerySet[M], code: str) -> M:
    """Return the row, locked until the transaction ends.

    Raises NotFound where the queryset, which holds what the caller may see, has no such row.
    """
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=code).first()
    if row is None:
        raise NotFound
    return row


def change(uow: UnitOfWork, row: M, *, expected: ExpectedVersion | None, **changes: Any) -> M:
    """Write `changes` to a locked row and raise its version.

    Raises PreconditionFailed or VersionConflict for a stale version, AlreadyExists for a taken unique value.
    """
    if expected is not None:
        expected.check(row.version)
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = uow.ctx.now
    try:
        row.save(force_update=True, update_fields=[*changes, "version", "updated_at"])
    except IntegrityError as error:
        raise _already_exists(error, row.pk) from error
    return row


def patch(uow: UnitOfWork, row: M, *, expected: ExpectedVersion | None, changes: Mapping[str, Any]) -> M:
    """Apply a JSON merge patch (RFC 7396) to a locked row: maps merge, null removes a member.

    Raises what `change` raises.
    """
    merged = {name: merge(getattr(row, name), value) for name, value in changes.items()}
    return change(uow, row, expected=expected, **merged)


def merge(current: Any, value: Any) -> Any:
    """Return `current` with a merge patch applied."""
    if not isinstance(value, Mapping):
        return value
    merged = dict(current) if isinstance(current, Mapping) else {}
    for name, member in value.items():
        if member is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), member)
    return merged


def delete(uow: UnitOfWork, row: M, *, expected: ExpectedVersion | None) -> None:
    """Delete a locked row and retire its code.

    Raises ResourceInUse where anything refers to it (the database's foreign keys tell), and for a stale version.
    """
    if expected is not None:
        expected.check(row.version)
    kind = row._meta.model_name
    rows = type(row)._base_manager.filter(tenant_id=uow.ctx.tenant_id, pk=row.pk)
    try:
        rows._raw_delete(rows.db)
    except IntegrityError as error:
        raise ResourceInUse from error
    RetiredCode.objects.create(tenant_id=uow.ctx.tenant_id, kind=kind, code=row.pk)


def _already_exists(error: IntegrityError, code: str) -> Exception:
    """Tell a taken value from a bug: only unique violations are refusals."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) != "23505":
        return error
    constraint = cause.diag.constraint_name or ""  # type: ignore[union-attr] -- psycopg's errors have it
    field = "code" if constraint.endswith("_pkey") else constraint
    return AlreadyExists(value=code, constraint=field)
