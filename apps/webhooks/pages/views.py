"""The pages of a partner: what there is to see, and each button's command."""

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from apps.core.context import CallContext
from apps.core.errors import InvalidState, NotFound, Refusal, ValidationFailed
from apps.core.http.problems import as_refusal, status_of
from apps.outbox.unit_of_work import reading
from apps.webhooks.commands.change_webhook import change_webhook
from apps.webhooks.commands.open_page import open_page
from apps.webhooks.commands.redeliver import redeliver
from apps.webhooks.commands.revoke_page import revoke_page
from apps.webhooks.commands.rotate_secret import rotate_secret
from apps.webhooks.commands.send_test_event import send_test_event
from apps.webhooks.domain.issuing import opened
from apps.webhooks.pages import reading as shown
from apps.webhooks.pages.door import Visit, address_of, by_link, by_session, forget, log, partner_view, remember
from apps.webhooks.pages.forms import OVERLAPS, PartnerForm, ResendForm, RotateForm, StatusForm, fresh_key
from apps.webhooks.types import MAX_LIVE_SECRETS, MAX_WEBHOOKS_OF_A_PARTY

# What a form has done, and whether its end is still to be seen.
DONE = {
    "test": ("The test event is on its way.", True),
    "paused": ("The endpoint is paused: it collects nothing and sends nothing.", False),
    "active": ("The endpoint is active.", False),
    "resent": ("The event is due again, with the same webhook-id.", True),
}
_SOON = "It stands below as soon as your receiver has answered."
_OLD_FORM = "This form is old or was changed: try once more."
_SHOWN_ALREADY = "The secret was shown when the form was first sent. If nobody noted it, rotate it again."


@partner_view("GET", "HEAD")
def follow(request: HttpRequest) -> HttpResponse:
    """Exchange a link's token for a session, and lead on.

    The page answers instead of redirecting: a browser that comes from a mail does not send a strict cookie along a
    redirect, but does when our own page leads on, and its history then has this page's address no more.
    """
    visit = by_link(request, request.GET.get("token", ""))
    open_page(visit.ctx, visit.page_id)
    _log(visit, "open")
    response = render(request, "webhooks/partner/follow.html", {"to": address_of(visit.page_id)})
    response["Referrer-Policy"] = "no-referrer"
    remember(response, visit)
    return response


@partner_view("GET", "HEAD")
def overview(request: HttpRequest, page_id: str) -> HttpResponse:
    """Show the party's webhooks."""
    visit = by_session(request, page_id)
    with reading(visit.ctx):
        endpoints = shown.endpoints(visit.ctx)
    return _page(request, visit, "overview", {"endpoints": endpoints, "most": MAX_WEBHOOKS_OF_A_PARTY})


@partner_view("GET", "HEAD")
def endpoint(request: HttpRequest, page_id: str, webhook_id: str) -> HttpResponse:
    """Show one webhook: its health, what waits, what was sent."""
    visit = by_session(request, page_id)
    done, pending = DONE.get(request.GET.get("done", ""), ("", False))
    return _endpoint_page(request, visit, webhook_id, {"done": done, "soon": _SOON if pending else ""})


@partner_view("POST")
def send_test(request: HttpRequest, page_id: str, webhook_id: str) -> HttpResponse:
    """Send a test event to this webhook alone."""

    def run(ctx: CallContext, form: PartnerForm) -> str:
        send_test_event(ctx, webhook_id)
        return "test"

    return _acted(request, page_id, webhook_id, PartnerForm(request.POST), run)


@partner_view("POST")
def change_status(request: HttpRequest, page_id: str, webhook_id: str) -> HttpResponse:
    """Pause a webhook, or have it go on."""

    def run(ctx: CallContext, form: PartnerForm) -> str:
        status: str = form.cleaned_data["status"]
        change_webhook(ctx, webhook_id, expected=None, changes={"status": status})
        return status

    return _acted(request, page_id, webhook_id, StatusForm(request.POST), run)


@partner_view("POST")
def resend(request: HttpRequest, page_id: str, webhook_id: str) -> HttpResponse:
    """Make an event due again that was sent to this webhook before."""

    def run(ctx: CallContext, form: PartnerForm) -> str:
        said = form.cleaned_data
        with reading(ctx):
            position = shown.position_of(ctx, webhook_id, attempt=said["attempt"], delivery=said["delivery"])
        redeliver(ctx, webhook_id, position=position)
        return "resent"

    return _acted(request, page_id, webhook_id, ResendForm(request.POST), run)


@partner_view("GET", "HEAD", "POST")
def secret(request: HttpRequest, page_id: str, webhook_id: str) -> HttpResponse:
    """Ask how long the secrets before sign along; make a new one and show it, this once."""
    visit = by_session(request, page_id)
    problem, status = "", 200
    if request.method == "POST":
        try:
            return _rotated(request, visit, webhook_id)
        except (Refusal, DatabaseError, psycopg.Error) as error:
            problem, status = _said(error)
    with reading(visit.ctx):
        row = shown.endpoint(visit.ctx, webhook_id)
    extra = {"endpoint": row, "overlaps": OVERLAPS, "most": MAX_LIVE_SECRETS, "problem": problem}
    return _page(request, visit, "rotate", extra, status=status)


@partner_view("POST")
def leave(request: HttpRequest, page_id: str) -> HttpResponse:
    """Take the session from this browser; the link stays as it is."""
    visit = by_session(request, page_id)
    response = render(request, "webhooks/partner/left.html", {"ended": False})
    forget(response, visit)
    return response


@partner_view("POST")
def end(request: HttpRequest, page_id: str) -> HttpResponse:
    """Revoke the link: the page ends for everybody."""
    visit = by_session(request, page_id)
    revoke_page(visit.ctx, visit.page_id)
    _log(visit, "end")
    response = render(request, "webhooks/partner/left.html", {"ended": True})
    forget(response, visit)
    return response


def _acted(
    request: HttpRequest,
    page_id: str,
    webhook_id: str,
    form: PartnerForm,
    run: Callable[[CallContext, Any], str],
) -> HttpResponse:
    """Run a form's command and lead back to the webhook with a sentence; what was refused is said on its page."""
    visit = by_session(request, page_id)
    try:
        done = run(_call(request, visit, form), form)
    except (Refusal, DatabaseError, psycopg.Error) as error:
        problem, status = _said(error)
        return _endpoint_page(request, visit, webhook_id, {"problem": problem}, status=status)
    _log(visit, done, webhook=webhook_id)
    # 303: the page is read anew, and reading it again sends nothing.
    return HttpResponseRedirect(f"{address_of(page_id)}/webhooks/{webhook_id}?done={done}", status=303)


def _rotated(request: HttpRequest, visit: Visit, webhook_id: str) -> HttpResponse:
    form = RotateForm(request.POST)
    outcome = rotate_secret(_call(request, visit, form), webhook_id, expires_in_seconds=form.cleaned_data["overlap"])
    if outcome.replayed:
        raise InvalidState(_SHOWN_ALREADY)
    _log(visit, "rotate", webhook=webhook_id)
    issued = outcome.result
    with reading(visit.ctx):
        row = shown.endpoint(visit.ctx, webhook_id)
    told = {"endpoint": row, "secret": opened(issued), "overlaps": form.cleaned_data["overlap"] > 0}
    return _page(request, visit, "secret", {**told, "until": issued.previous_expires_at})


def _call(request: HttpRequest, visit: Visit, form: PartnerForm) -> CallContext:
    """Return the visit's call under the form's key. Raises ValidationFailed for a form that is none of ours."""
    if not form.is_valid():
        raise ValidationFailed(_OLD_FORM)
    return visit.ctx.with_idempotency(form.claim(request))


def _said(error: Exception) -> tuple[str, int]:
    """Return what is said of a refusal and its status. Raises what is absent, and what is no refusal."""
    refusal = as_refusal(error)
    if refusal is None or isinstance(refusal, NotFound):
        raise error
    return refusal.detail, status_of(type(refusal))


def _endpoint_page(
    request: HttpRequest, visit: Visit, webhook_id: str, extra: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    before = request.GET.get("before", "")
    with reading(visit.ctx):
        row = shown.endpoint(visit.ctx, webhook_id)
        queued = [] if before else shown.queued(visit.ctx, webhook_id)
        recent, older = shown.recent(visit.ctx, webhook_id, before=before)
    read = {"endpoint": row, "queued": queued, "recent": recent, "older": older, "before": before}
    return _page(request, visit, "endpoint", {**read, **extra}, status=status)


def _page(request: HttpRequest, visit: Visit, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    everything = {"visit": visit, "home": address_of(visit.page_id), "key": fresh_key, **context}
    return render(request, f"webhooks/partner/{name}.html", everything, status=status)


def _log(visit: Visit, action: str, **more: str) -> None:
    log.info(
        "partner_page",
        action=action,
        page=visit.page_id,
        tenant=visit.ctx.tenant_id,
        application=visit.ctx.principal.application_id,
        request_id=visit.ctx.request_id,
        **more,
    )
