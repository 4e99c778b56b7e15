"""Who comes in: from a link's token to a session, from a session to a visit, and what is said to whom stays out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.core import signing
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect

from apps.access.authentication import client_address
from apps.core.context import CallContext, PartyType
from apps.core.errors import NotFound, Refusal
from apps.core.http.problems import as_refusal, request_id
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.models import Tenant
from apps.webhooks.domain.page_links import PAGES, admit, row_of_token, tenant_named, tenant_of_token
from apps.webhooks.errors import PageClosed
from apps.webhooks.models import PageLink
from apps.webhooks.pages.closed import SAID, Said
from apps.webhooks.types import WhyClosed, reader_of

log = structlog.get_logger(component="stockwire.partner_pages")

COOKIE = "partner_page"
_SALT = "stockwire.partner-page"
# No script at all, ours included; the style stands in the page.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody of a party on its page: `ctx` is the party's own call."""

    ctx: CallContext
    page_id: str
    expires_at: datetime
    tenant_code: str
    tenant_name: str
    party_name: str


def partner_view(*methods: str) -> Callable[[View], View]:
    """Make a view of a partner's page: forms are checked, nothing is stored by browsers, refusals are sentences."""

    def decorate(view: View) -> View:
        guarded = csrf_protect(view)

        @wraps(view)
        def answer(request: HttpRequest, **path: str) -> HttpResponse:
            known = request.method in methods
            response = _answered(guarded, request, path) if known else HttpResponseNotAllowed(methods)
            response.headers.setdefault("Content-Security-Policy", _POLICY)
            response["Cache-Control"] = "no-store"
            return response

        return answer

    return decorate


def by_link(request: HttpRequest, token: str) -> Visit:
    """Return the visit that a link's token begins. Raises PageClosed."""
    tenant = tenant_of_token(token)
    with as_tenant(tenant.pk):
        return _visit(request, tenant, row_of_token(tenant, token))


def by_session(request: HttpRequest, page_id: str) -> Visit:
    """Return the visit that goes on: asked anew with every request, so that a revoked page ends at once.

    Raises PageClosed.
    """
    try:
        tenant_code, opened = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise PageClosed(WhyClosed.NOT_OPENED) from error
    if opened != page_id:
        raise PageClosed(WhyClosed.NOT_OPENED)
    tenant = tenant_named(tenant_code)
    with as_tenant(tenant.pk):
        return _visit(request, tenant, PageLink.objects.filter(tenant_id=tenant.pk, pk=page_id).first())


def remember(response: HttpResponse, visit: Visit) -> None:
    """Give the browser the session of a visit: for this page alone, until the page ends, and hidden from scripts."""
    response.set_cookie(
        COOKIE,
        signing.dumps([visit.tenant_code, visit.page_id], salt=_SALT),
        max_age=visit.expires_at - visit.ctx.now,
        path=address_of(visit.page_id),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponse, visit: Visit) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path=address_of(visit.page_id), samesite="Strict")


def address_of(page_id: str) -> str:
    """Return where a page is: the path to which its session is limited."""
    return f"{PAGES}/{page_id}"


def _visit(request: HttpRequest, tenant: Tenant, row: PageLink | None) -> Visit:
    if row is None:
        raise PageClosed(WhyClosed.UNKNOWN)
    now = datetime.now(UTC)
    party = admit(tenant, row, address=client_address(request), now=now)
    # Whoever gave the page is who acts, with the eyes of the party: keys of forms lie beside the giver's own.
    reader = reader_of(tenant.pk, PartyType(row.party_type), row.party_id)
    principal = replace(reader, application_id=row.made_by)
    request.principal = principal  # type: ignore[attr-defined]  # read by the request log
    return Visit(
        ctx=CallContext(principal=principal, now=now, request_id=request_id(request)),
        page_id=row.pk,
        expires_at=row.expires_at,
        tenant_code=tenant.code,
        tenant_name=tenant.name,
        party_name=party.name,
    )


def _answered(view: View, request: HttpRequest, path: dict[str, Any]) -> HttpResponse:
    try:
        return view(request, **path)
    except PageClosed as closed:
        return _said(request, SAID[closed.why])
    except (Refusal, DatabaseError, psycopg.Error) as error:
        # What a view has not said itself: another party's webhook and one that does not exist are one answer.
        if not isinstance(as_refusal(error), NotFound):
            raise
        return _said(request, Said(404, "Not here", "There is no such webhook or delivery on this page."))


def _said(request: HttpRequest, said: Said) -> HttpResponse:
    return render(request, "webhooks/partner/closed.html", {"said": said}, status=said.status)
