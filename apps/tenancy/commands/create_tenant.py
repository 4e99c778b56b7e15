"""Make a tenant: the first thing of an installation, before anybody belongs to one."""

import re

from django.db import IntegrityError

from apps.core.errors import AlreadyExists, FieldError, ValidationFailed
from apps.core.ids import CODE_PATTERN
from apps.outbox.unit_of_work import identity_transaction
from apps.tenancy.models import Tenant
from apps.tenancy.models.tenants import new_tenant_code
from apps.tenancy.types import TenantFacts

_LONGEST_NAME = 255


def create_tenant(*, name: str, code: str | None = None) -> TenantFacts:
    """Make an active tenant; without a code it gets one of its own.

    Raises ValidationFailed for a name or code that cannot be, AlreadyExists for a code that is taken.
    """
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME or "\x00" in name:
        raise _invalid("#/name", f"A tenant's name has 1 to {_LONGEST_NAME} characters.")
    if code is not None and not re.match(CODE_PATTERN, code):
        raise _invalid("#/code", "A code has 1 to 64 letters, digits, dots, dashes and underscores.")
    code = code or new_tenant_code()
    try:
        with identity_transaction():
            row = Tenant.objects.create(name=name, code=code)
    except IntegrityError as error:
        raise AlreadyExists(f"There is a tenant {code!r} already.", value=code) from error
    return TenantFacts(id=row.pk, code=row.code, name=row.name, status=row.status)


def _invalid(pointer: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
