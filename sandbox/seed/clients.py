"""Tenants and their OAuth clients. A secret is stored as a keyed hash, so a client whose secret is lost is replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.access.commands.issue_client import issue_client
from apps.access.models import Application
from apps.access.parties import PARTY_WORDS
from apps.outbox.unit_of_work import identity_transaction
from apps.tenancy.commands.create_tenant import create_tenant
from apps.tenancy.models import Tenant
from sandbox.credentials import Principal


@dataclass(frozen=True, slots=True)
class Role:
    """Who a client is for: `party` is operator, supplier or retailer."""

    party: str
    party_id: str = ""


def ensure_tenant(code: str, name: str) -> Tenant:
    """Return the tenant of this code, made if it is missing."""
    with identity_transaction():
        tenant, _ = Tenant.objects.get_or_create(code=code, defaults={"name": name})
    return tenant


def new_tenant(name: str) -> Tenant:
    """Make a tenant with a code of its own."""
    return Tenant.objects.get(pk=create_tenant(name=name).id)


def ensure_client(tenant: Tenant, role: Role, known: Sequence[Principal]) -> Principal:
    """Return the role's client from `known` if it still works, else issue one and disable those before it."""
    kept = _working(tenant, role, known)
    if kept is not None:
        return kept
    name = " ".join(word for word in (tenant.name, role.party, role.party_id) if word)
    with identity_transaction():
        superseded = Application.objects.filter(tenant=tenant, name=name, disabled_at=None)
        superseded.update(disabled_at=datetime.now(UTC))
    issued = issue_client(tenant_id=tenant.pk, name=name, party=PARTY_WORDS[role.party], party_id=role.party_id)
    return Principal(
        name=name,
        tenant=tenant.name,
        party=role.party,
        party_id=role.party_id,
        client_id=issued.client_id,
        client_secret=issued.client_secret,
        scopes=issued.scopes,
    )


def _working(tenant: Tenant, role: Role, known: Sequence[Principal]) -> Principal | None:
    candidates = {
        principal.client_id: principal
        for principal in known
        if (principal.party, principal.party_id) == (role.party, role.party_id)
    }
    live = Application.objects.filter(tenant=tenant, client_id__in=candidates, disabled_at=None).first()
    return None if live is None else candidates[live.client_id]
