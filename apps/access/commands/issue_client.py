"""Issue an OAuth client."""

from dataclasses import dataclass
from datetime import UTC, datetime

from oauth2_provider.generators import generate_client_id

from apps.access.clients import refuse_replay
from apps.access.hashers import KeyedSecretHasher, new_client_secret
from apps.access.models import Application
from apps.access.scopes import scopes_of_party
from apps.access.types import ClientFacts, IssuedClient
from apps.core.context import CallContext, PartyType, Principal
from apps.core.errors import FieldError, ValidationFailed
from apps.outbox.unit_of_work import UnitOfWork, use_case


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewClient:
    name: str
    party: PartyType
    party_id: str
    scopes: tuple[str, ...]
    digest: str


def issue_client(
    *,
    tenant_id: int,
    name: str,
    party: PartyType,
    party_id: str = "",
    scopes: tuple[str, ...] = (),
    ctx: CallContext | None = None,
) -> IssuedClient:
    """Issue a client bound to a party; without `scopes` it gets all that its kind of party may have.

    Without `ctx` the system itself issues it. Raises ValidationFailed for a scope that the party may never have, and
    InvalidState where the call's key was used before: the secret was shown then.
    """
    possible = scopes_of_party(party)
    excess = sorted(set(scopes) - possible)
    if excess:
        detail = f"A {party} client may not have {', '.join(excess)}."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/scopes")])
    secret = new_client_secret()
    new = _NewClient(
        name=name,
        party=party,
        party_id=party_id,
        scopes=tuple(sorted(scopes or possible)),
        digest=KeyedSecretHasher().encode(secret, ""),
    )
    facts = refuse_replay(_issue(ctx or _system(tenant_id), new))
    return IssuedClient(facts.application_id, facts.client_id, secret, tuple(facts.scopes))


@use_case(ClientFacts)
def _issue(uow: UnitOfWork, new: _NewClient) -> ClientFacts:
    application = Application.objects.create(
        tenant_id=uow.ctx.tenant_id,
        name=new.name,
        party_type=new.party,
        party_id=new.party_id,
        allowed_scopes=list(new.scopes),
        client_id=generate_client_id(),
        client_secret=new.digest,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    return ClientFacts(
        application_id=application.pk, client_id=application.client_id, scopes=application.allowed_scopes
    )


def _system(tenant_id: int) -> CallContext:
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="")
