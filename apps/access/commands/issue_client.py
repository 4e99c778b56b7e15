"""Issue an OAuth client."""

import secrets
from dataclasses import dataclass

from oauth2_provider.generators import generate_client_id

from apps.access.hashers import KeyedSecretHasher
from apps.access.models import Application
from apps.access.scopes import scopes_of_party
from apps.core.context import PartyType
from apps.core.errors import FieldError, ValidationFailed
from apps.outbox.unit_of_work import identity_transaction

_SECRET_BYTES = 96  # 128 characters of base64url


@dataclass(frozen=True, slots=True)
class IssuedClient:
    """A client and its secret, which is shown this once: only its keyed hash is stored."""

    application_id: int
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]


def issue_client(
    *, tenant_id: int, name: str, party: PartyType, party_id: str = "", scopes: tuple[str, ...] = ()
) -> IssuedClient:
    """Issue a client bound to a party; without `scopes` it gets all that its kind of party may have.

    Raises ValidationFailed for a scope that the party may never have.
    """
    possible = scopes_of_party(party)
    excess = sorted(set(scopes) - possible)
    if excess:
        detail = f"A {party} client may not have {', '.join(excess)}."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/scopes")])
    granted = tuple(sorted(scopes or possible))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with identity_transaction():
        application = Application.objects.create(
            tenant_id=tenant_id,
            name=name,
            party_type=party,
            party_id=party_id,
            allowed_scopes=list(granted),
            client_id=generate_client_id(),
            client_secret=KeyedSecretHasher().encode(secret, ""),
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        )
    return IssuedClient(application.pk, application.client_id, secret, granted)
