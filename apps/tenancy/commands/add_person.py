"""Give a person a role in a tenant; the first one makes their login."""

import secrets

from django.core.exceptions import ValidationError

from apps.core.errors import FieldError, ValidationFailed
from apps.outbox.unit_of_work import identity_transaction
from apps.tenancy.models import Membership, User
from apps.tenancy.queries import tenant_of_code
from apps.tenancy.types import PersonFacts, Role

_PASSWORD_BYTES = 18


def add_person(*, username: str, tenant_code: str, role: Role) -> PersonFacts:
    """Let a person sign in to the admin and work in a tenant, in this role instead of the one they had there.

    A login that is new has a first password, which is told this once. Raises NotFound for a tenant that is absent,
    ValidationFailed for a name that cannot be.
    """
    _check(username)
    with identity_transaction():
        tenant = tenant_of_code(tenant_code)
        user, is_new = User.objects.select_for_update().get_or_create(username=username)
        password = secrets.token_urlsafe(_PASSWORD_BYTES) if is_new else None
        if password is not None:
            user.set_password(password)
        user.is_staff = True  # without it the admin lets nobody in
        user.save()
        had = Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first()
        Membership.objects.update_or_create(tenant=tenant, user=user, defaults={"role": role})
    return PersonFacts(username=username, tenant=tenant.code, role=role, previous_role=had, first_password=password)


def _check(username: str) -> None:
    try:
        User(username=username).clean_fields(exclude={"password"})
    except ValidationError as error:
        detail = " ".join(error.messages)
        raise ValidationFailed(
            detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/username")]
        ) from error
