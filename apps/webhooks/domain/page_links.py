"""The links to partners' pages: their tokens, how many a party may have, and who may still come in.

A token is the tenant's public code, a dot and 256 random bits. The code is there so that the row can be looked for as
that tenant: row level security holds for the one lookup that comes before anybody is known.
"""

import secrets
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from apps.access.givers import giver_standing
from apps.access.parties import PartyStanding, party_standing
from apps.core.context import PartyType
from apps.core.errors import FieldError, InvalidState, NotFound
from apps.core.ids import decode_id, new_id
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.models import Tenant
from apps.tenancy.queries import tenant_code
from apps.tenancy.roles import Action
from apps.tenancy.types import TenantStatus
from apps.webhooks.domain.sealing import seal, unseal
from apps.webhooks.errors import PageClosed
from apps.webhooks.models import PageLink
from apps.webhooks.queries import page_facts_of, page_links
from apps.webhooks.types import MAX_OPEN_PAGES_OF_A_PARTY, IssuedPage, WhyClosed

PAGES = "/partner"
SCOPE = "webhooks:write"
_PREFIX = "pag"
_TOKEN_BYTES = 32
# Ended links are shown to staff for this long.
_KEPT = timedelta(days=30)
# Two gifts to one party take turns, so that both cannot be its twentieth.
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def issue_link(uow: UnitOfWork, party: PartyType, party_id: str, *, expires_at: datetime) -> IssuedPage:
    """Make and store a link; only the hash of its token is stored with it."""
    tenant_id = uow.ctx.tenant_id
    token = f"{tenant_code(tenant_id)}.{secrets.token_urlsafe(_TOKEN_BYTES)}"
    row = PageLink.objects.create(
        id=new_id(_PREFIX),
        tenant_id=tenant_id,
        token_hash=_hash(token),
        party_type=party,
        party_id=party_id,
        made_by=uow.ctx.principal.application_id,
        created_at=uow.ctx.now,
        expires_at=expires_at,
    )
    sealed = seal(token, tenant_id=tenant_id, webhook_id=row.pk, secret_id=_uuid(row.pk))
    return IssuedPage(tenant_id=tenant_id, page=page_facts_of(row), sealed=b64encode(sealed).decode())


def link_of(issued: IssuedPage) -> str:
    """Return the link itself, for whom it is given to."""
    page_id = issued.page.page_id
    sealed = b64decode(issued.sealed)
    token = unseal(sealed, tenant_id=issued.tenant_id, webhook_id=page_id, secret_id=_uuid(page_id))
    return f"{settings.PUBLIC_URL}{PAGES}/open?{urlencode({'token': token})}"


def check_partner(uow: UnitOfWork, party: PartyType, party_id: str) -> None:
    """Raise NotFound unless the caller may give this party a page; InvalidState where the party is suspended."""
    principal = uow.ctx.principal
    own = (principal.party, principal.party_id) == (party, party_id)
    standing = party_standing(uow.ctx.tenant_id, party, party_id) if principal.is_staff or own else None
    if standing is None:
        noun = "supplier" if party is PartyType.SUPPLIER else "retail partner"
        detail = f"There is no {noun} {party_id!r}."
        raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer="#/party/id")])
    if standing.suspended:
        raise InvalidState("The party is archived, or all of its clients are suspended.")


def refuse_too_many_pages(uow: UnitOfWork, party: PartyType, party_id: str) -> None:
    """Raise InvalidState where the party has as many open pages as it may; forget those that ended long ago."""
    tenant_id, now = uow.ctx.tenant_id, uow.ctx.now
    uow.fetch(_TAKE_TURNS, [f"pages|{tenant_id}|{party}|{party_id}"])
    rows = PageLink.objects.filter(tenant_id=tenant_id, party_type=party, party_id=party_id)
    rows.filter(expires_at__lt=now - _KEPT).delete()
    if rows.filter(expires_at__gt=now, revoked_at=None).count() >= MAX_OPEN_PAGES_OF_A_PARTY:
        raise InvalidState(
            f"A party has at most {MAX_OPEN_PAGES_OF_A_PARTY} open pages: revoke one.",
            maximum=MAX_OPEN_PAGES_OF_A_PARTY,
        )


def lock_page(uow: UnitOfWork, page_id: str) -> PageLink:
    """Return a page's row, locked. Raises NotFound where it is absent or invisible."""
    row = page_links(uow.ctx).select_for_update(of=("self",), no_key=True).filter(pk=page_id).first()
    if row is None:
        raise NotFound
    return row


def tenant_named(code: str) -> Tenant:
    """Return the tenant that a link or a session names. Raises PageClosed."""
    tenant = Tenant.objects.filter(code=code).first()
    if tenant is None:
        raise PageClosed(WhyClosed.UNKNOWN)
    if tenant.status != TenantStatus.ACTIVE:
        raise PageClosed(WhyClosed.TENANT_SUSPENDED)
    return tenant


def tenant_of_token(token: str) -> Tenant:
    """Return the tenant that a token names. Raises PageClosed."""
    return tenant_named(token.partition(".")[0])


def row_of_token(tenant: Tenant, token: str) -> PageLink | None:
    """Return the row of a token. Call it inside the tenant's transaction."""
    return PageLink.objects.filter(tenant_id=tenant.pk, token_hash=_hash(token)).first()


def admit(tenant: Tenant, row: PageLink, *, address: str, now: datetime) -> PartyStanding:
    """Return the party that may come in by a link. Raises PageClosed, saying why not."""
    if row.revoked_at is not None:
        raise PageClosed(WhyClosed.REVOKED)
    if row.expires_at <= now:
        raise PageClosed(WhyClosed.EXPIRED)
    party = party_standing(tenant.pk, PartyType(row.party_type), row.party_id)
    if party is None or party.suspended:
        raise PageClosed(WhyClosed.PARTY_SUSPENDED)
    giver = giver_standing(tenant.pk, row.made_by, action=Action.GIVE_PAGE, scope=SCOPE, address=address, now=now)
    if giver != "stands":
        raise PageClosed(WhyClosed.ELSEWHERE if giver == "elsewhere" else WhyClosed.GIVER_GONE)
    return party


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _uuid(page_id: str) -> UUID:
    found = decode_id(_PREFIX, page_id)
    if found is None:
        raise ValueError(page_id)
    return found
