"""Creating, changing and deleting versioned master data: the same rules for every resource that has a code."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import IntegrityError
from django.db.models import QuerySet

from apps.core.errors import AlreadyExists, ConcurrentUpdate, FieldError, NotFound, ResourceInUse, ValidationFailed
from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.models import MasterData, RetiredCode
from apps.tenancy.queries import found

M = TypeVar("M", bound=MasterData)

_MAX_ATTRIBUTES = 100


def create(uow: UnitOfWork, model: type[M], *, code: str, **values: Any) -> M:
    """Create a row under a code that was never used.

    Raises AlreadyExists for a code (or another unique value) that is taken or retired.
    """
    row = model(id=code, tenant_id=uow.ctx.tenant_id, created_at=uow.ctx.now, updated_at=uow.ctx.now, **values)
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        raise _refusal(error, row) from error
    # After the insert, which waits for a transaction that is just deleting the code: before, it would not show.
    if RetiredCode.objects.filter(tenant_id=uow.ctx.tenant_id, kind=model._meta.model_name, code=code).exists():
        raise AlreadyExists("The code was used before; codes are never reused.", value=code, retired=True)
    return row


def lock(rows: QuerySet[M], code: str) -> M:
    """Return the row, locked until the transaction ends.

    Raises NotFound where the queryset, which holds what the caller may see, has no such row.
    """
    return found(rows.select_for_update(of=("self",), no_key=True), code)


def require(rows: QuerySet[M], code: str, *, pointer: str) -> None:
    """Refuse a reference to what does not exist or is not visible to the caller: the two are one answer.

    Raises NotFound with `pointer`: a 400 never depends on what is stored.
    """
    if not rows.filter(pk=code).exists():
        raise _no_such(rows, code, pointer)


def referred(rows: QuerySet[M], code: str, *, pointer: str) -> M:
    """Return the row that a body refers to. Raises what `require` raises."""
    row = rows.filter(pk=code).first()
    if row is None:
        raise _no_such(rows, code, pointer)
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
        raise _refusal(error, row) from error
    return row


def patch(uow: UnitOfWork, row: M, *, expected: ExpectedVersion | None, changes: Mapping[str, Any]) -> M:
    """Apply a JSON merge patch (RFC 7396) to a locked row: maps merge, null removes a member.

    Raises what `change` raises, and ValidationFailed for more attributes than a resource may have.
    """
    merged = {name: merge(getattr(row, name), value) for name, value in changes.items()}
    if len(merged.get("attributes", ())) > _MAX_ATTRIBUTES:
        detail = f"A resource has at most {_MAX_ATTRIBUTES} attributes."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/attributes")])
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
    kind = str(row._meta.model_name)
    rows = type(row)._base_manager.filter(tenant_id=uow.ctx.tenant_id, pk=row.pk)
    try:
        rows._raw_delete(rows.db)
    except IntegrityError as error:
        raise ResourceInUse from error
    RetiredCode.objects.create(tenant_id=uow.ctx.tenant_id, kind=kind, code=row.pk)


def _no_such(rows: QuerySet[M], code: str, pointer: str) -> NotFound:
    detail = f"There is no {rows.model._meta.verbose_name} {code!r}."
    return NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer=pointer)])


def _refusal(error: IntegrityError, row: MasterData) -> Exception:
    """Return what a broken constraint amounts to; the error itself where only a bug can cause it."""
    cause = error.__cause__
    match getattr(cause, "sqlstate", None):
        case "23505":
            return _already_exists(row, cause.diag.constraint_name)  # type: ignore[union-attr]  # psycopg's errors have it
        case "23503":
            # What the row names stood there when it was looked up: it was deleted meanwhile. Trying again tells.
            return ConcurrentUpdate()
        case "23P01":
            # What an exclusion constraint refuses was not there when the command looked. Trying again tells.
            return ConcurrentUpdate()
    return error


def _already_exists(row: MasterData, constraint: str | None) -> AlreadyExists:
    fields = next(
        (list(unique.fields) for unique in row._meta.total_unique_constraints if unique.name == constraint), []
    )
    if not fields:
        return AlreadyExists(value=row.pk)
    names = [row._meta.get_field(name).attname for name in fields if name != "tenant"]  # type: ignore[union-attr]
    *others, last = [_outer(name) for name in names]
    detail = f"Another {row._meta.verbose_name} has {_these(others, last)}."
    error = FieldError(code="already_exists", detail=detail, pointer=f"#/{last}")
    value = getattr(row, names[-1])
    return AlreadyExists(detail, errors=[error], **({} if value is None else {"value": value}))


def _these(others: list[str], last: str) -> str:
    return f"the same {', '.join(others)} and {last}" if others else f"this {last}"


def _outer(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
