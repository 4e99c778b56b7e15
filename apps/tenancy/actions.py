"""Actions of the admin: a button, a form, one command.

An action is written as a method that takes the caller's context, the row and the valid form, calls one command and
says what to show. Everything else is here: who may, whose row, the form's key, refusals, what is shown once.

The view is not inside the tenant's transaction that wraps every other page (`apps.tenancy.middleware`): a command
opens a transaction of its own, the stock kernel even works on another connection, and neither may wait for, or be
undone with, the page around it. So the row and the form are read in one transaction, which ends; then the command runs.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
import structlog
from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.enums import ActionVariant

from apps.core.admin import TenantAdmin
from apps.core.context import CallContext, IdempotencyClaim, PartyType, Principal
from apps.core.errors import Refusal
from apps.core.http.problems import as_refusal, request_id, status_of
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.middleware import OWN_TRANSACTION
from apps.tenancy.models import Membership
from apps.tenancy.roles import Action, may, permitted

log = structlog.get_logger(component="stockwire.admin")


class ActionForm(forms.Form):
    """What an action asks for. The hidden key is fresh with each form: sent twice, the form counts once.

    The hidden tenant is that of the page: a person may have switched to another in another window.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    tenant = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, row: Any = None, request: HttpRequest | None = None) -> None:
        membership = getattr(request, "membership", None)
        self.tenant_code = membership.tenant.code if membership else ""
        super().__init__(data, initial={"key": uuid4(), "tenant": self.tenant_code})
        self.row = row

    def clean_tenant(self) -> str:
        """Refuse a form of a tenant in which the person does not work any more."""
        code: str = self.cleaned_data["tenant"]
        if code != self.tenant_code:
            self.add_error(None, "You work in another tenant by now: open this page again, there or here.")
        return code

    def claim(self, path: str) -> IdempotencyClaim:
        """Return the key and what the form asks for: the same key with other values is another request."""
        said = json.dumps({"path": path, **self.cleaned_data}, sort_keys=True, default=str)
        return IdempotencyClaim(key=f"admin-{self.cleaned_data['key']}", fingerprint=sha256(said.encode()).digest())


@dataclass(frozen=True, slots=True)
class Done:
    """An action that leads back to its page, or to another, with a sentence."""

    message: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOnce:
    """A secret, on a page that nobody stores: not the browser, not the session, not the log."""

    title: str
    note: str
    values: tuple[tuple[str, str], ...]


Run = Callable[[Any, CallContext, Any, Any], Done | ShownOnce]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Definition:
    action: Action
    title: str
    explanation: str
    submit: str
    form: type[ActionForm]
    danger: bool
    run: Run


class TenantActions(TenantAdmin):
    """Pages of a tenant with actions; a person sees the buttons of what they may do."""

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        return _offered(request, super().get_actions_detail(request, object_id))

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        return _offered(request, super().get_actions_list(request))


def tenant_action(
    action: Action,
    *,
    title: str,
    icon: str,
    explanation: str,
    submit: str,
    form: type[ActionForm] = ActionForm,
    danger: bool = False,
) -> Callable[[Run], Any]:
    """Make an action of a method `(self, ctx, row, form)`; name it in `actions_detail` or `actions_list`."""

    def decorate(run: Run) -> Any:
        definition = _Definition(
            action=action,
            title=title,
            explanation=explanation,
            submit=submit,
            form=form,
            danger=danger,
            run=run,
        )

        @wraps(run)
        def view(self: TenantActions, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
            return _answer(self, request, definition, object_id)

        variant = ActionVariant.DANGER if danger else ActionVariant.DEFAULT
        view.__dict__.update(
            {
                OWN_TRANSACTION: True,
                "permitted_action": action,
                "short_description": title,
                "url_path": action.value.replace("_", "-"),
                "icon": icon,
                "variant": variant,
                "attrs": {},
            }
        )
        return view

    return decorate


def context_of(request: HttpRequest, membership: Membership, claim: IdempotencyClaim | None = None) -> CallContext:
    """Return the call of a person: staff of the tenant, told from machines in ledger and log by a negative id."""
    return CallContext(
        principal=Principal(
            tenant_id=membership.tenant_id, application_id=-membership.user_id, party=PartyType.TENANT, party_id=""
        ),
        now=datetime.now(UTC),
        request_id=request_id(request),
        idempotency=claim,
    )


def _offered(request: HttpRequest, actions: list[Any]) -> list[Any]:
    return [each for each in actions if may(request, each.method.permitted_action)]


def _answer(pages: TenantActions, request: HttpRequest, definition: _Definition, object_id: str | None) -> HttpResponse:
    membership = permitted(request, definition.action)
    posted = request.method == "POST"
    with as_tenant(membership.tenant_id):
        row = None if object_id is None else _row(pages, request, object_id)
        form = definition.form(request.POST if posted else None, row=row, request=request)
        valid = posted and form.is_valid()
    if not valid:
        return _form_page(pages, request, definition, form, status=422 if posted else 200)
    ctx = context_of(request, membership, form.claim(request.path))
    try:
        answer = definition.run(pages, ctx, row, form)
    except (Refusal, DatabaseError, psycopg.Error) as error:
        refusal = as_refusal(error)
        if refusal is None:
            raise
        form.add_error(None, refusal.detail)
        return _form_page(pages, request, definition, form, status=status_of(type(refusal)))
    log.info(
        "admin_action",
        action=definition.action.value,
        tenant=membership.tenant_id,
        user=membership.user_id,
        object=object_id,
        request_id=ctx.request_id,
    )
    if isinstance(answer, ShownOnce):
        return _page(pages, request, "tenancy/shown_once.html", form, {"title": answer.title, "answer": answer})
    messages.success(request, answer.message)
    return HttpResponseRedirect(answer.to or _back(pages, row))


def _row(pages: TenantActions, request: HttpRequest, object_id: str) -> Model:
    """Return the row, if it is one of the tenant's: another's answers as one that does not exist."""
    rows = pages.get_queryset(request)
    try:
        row: Model | None = rows.filter(pk=rows.model._meta.pk.to_python(unquote(object_id))).first()
    except (ValueError, ValidationError) as error:
        raise Http404 from error
    if row is None:
        raise Http404
    return row


def _form_page(
    pages: TenantActions, request: HttpRequest, definition: _Definition, form: ActionForm, *, status: int
) -> HttpResponse:
    context = {"title": definition.title, "definition": definition, "back": _back(pages, form.row)}
    return _page(pages, request, "tenancy/action.html", form, context, status=status)


def _page(
    pages: TenantActions,
    request: HttpRequest,
    template: str,
    form: ActionForm,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    request.current_app = pages.admin_site.name  # as Django's own pages do
    everything = {
        **pages.admin_site.each_context(request),
        "opts": pages.model._meta,
        "original": form.row,
        "form": form,
        "back": _back(pages, form.row),
        **context,
    }
    return TemplateResponse(request, template, everything, status=status, headers={"Cache-Control": "no-store"})


def _back(pages: TenantActions, row: Model | None) -> str:
    names = f"admin:{pages.model._meta.app_label}_{pages.model._meta.model_name}"
    return reverse(f"{names}_changelist") if row is None else reverse(f"{names}_change", args=[quote(row.pk)])
