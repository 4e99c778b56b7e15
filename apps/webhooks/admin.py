from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.access.actors import actor_name
from apps.core.admin import Table, TenantAdmin, display, label, linked, page_of
from apps.core.context import CallContext, PartyType
from apps.core.errors import InvalidState
from apps.core.ids import CODE_PATTERN
from apps.tenancy.actions import ActionForm, Done, ShownOnce, TenantActions, tenant_action
from apps.tenancy.roles import Action
from apps.webhooks.commands.give_page import give_page
from apps.webhooks.commands.redeliver import redeliver
from apps.webhooks.commands.revoke_page import revoke_page
from apps.webhooks.commands.rotate_secret import rotate_secret
from apps.webhooks.commands.send_test_event import send_test_event
from apps.webhooks.domain.issuing import opened
from apps.webhooks.domain.page_links import link_of
from apps.webhooks.models import Attempt, Delivery, Lane, PageLink, Webhook
from apps.webhooks.types import DeliveryState

_SHOWN = 20
_ATTEMPTS_READ = 100
_OUTCOMES = {
    "succeeded": "success",
    "failed": "warning",
    "superseded": "warning",
    "dead": "danger",
    "dropped": "",
    "cancelled": "",
}
_STATES = {DeliveryState.READY: "waiting", DeliveryState.IN_FLIGHT: "in flight", DeliveryState.DEAD: "given up"}
_STATE_LABELS = {"waiting": "info", "in flight": "info", "given up": "danger"}
_ATTEMPT_HEADERS = ("Attempt", "At (UTC)", "Outcome", "HTTP status", "Took", "What went wrong")
_REDELIVER = (
    "Makes the event due again, at once, with all its attempts before it. The receiver sees the same webhook-id: one "
    "that has it already ignores it. Where a newer event of the same subject waits, that one goes out instead."
)
_GIVE_PAGE = (
    "Makes a link to a page on which the partner's people see its webhooks, resend, test, pause and rotate secrets, "
    "without an account. Whoever has the link is let in until it ends. It is shown once, on the next page; you can "
    "revoke it under Partner pages, and it ends when you may not give one any more."
)


class RotateWebhookSecret(ActionForm):
    """How long the secrets before sign along."""

    overlap = forms.TypedChoiceField(
        label="The secrets before sign along for",
        choices=[(86_400, "24 hours"), (3_600, "1 hour"), (604_800, "7 days"), (0, "Not at all (it leaked)")],
        coerce=int,
        widget=UnfoldAdminSelectWidget,
    )


class GivePage(ActionForm):
    """How long the page stays open."""

    lasts = forms.TypedChoiceField(
        label="The page stays open for",
        choices=[(86_400, "24 hours"), (3_600, "1 hour"), (604_800, "7 days")],
        coerce=int,
        widget=UnfoldAdminSelectWidget,
    )


class GiveSomebodyPage(GivePage):
    """Whose page it is, and how long it stays open."""

    party = forms.ChoiceField(
        label="Given to",
        choices=[(PartyType.SUPPLIER.value, "A supplier"), (PartyType.RETAIL_PARTNER.value, "A retail partner")],
        widget=UnfoldAdminSelectWidget,
    )
    party_id = forms.RegexField(CODE_PATTERN, label="Its code", widget=UnfoldAdminTextInputWidget)
    field_order = ("key", "tenant", "party", "party_id", "lasts")


@admin.register(Webhook)
class WebhookPages(TenantActions):
    """The subscriptions; their secrets have no page."""

    list_display = ("id", "url", "party_type", "party_id", "state", "disabled_reason", "updated_at")
    list_filter = ("status", "party_type")
    search_fields = ("id__exact", "url", "party_id__exact")
    ordering = ("id",)
    actions_detail = ("send_test", "rotate_secret", "give_page")
    lines = (
        ("url",),
        ("state", "disabled_reason", "version"),
        ("party_type", "party_id"),
        ("event_types", "filters"),
        ("created_at", "updated_at"),
    )

    @display(description="Status", label={"active": "success", "paused": "warning", "disabled": "danger"})
    def state(self, row: Webhook) -> str:
        return row.status

    def get_tables(self, request: HttpRequest, row: Webhook) -> list[Table]:
        return [_lane_table(row), _waiting_table(row), _recent_table(row)]

    @tenant_action(
        Action.TEST_WEBHOOK,
        title="Send a test event",
        icon="send",
        explanation="Sends a webhook.test event to this address, by the same road as every other event. It shows "
        "below as soon as the receiver has answered.",
        submit="Send the test event",
    )
    def send_test(self, ctx: CallContext, row: Webhook, form: ActionForm) -> Done:
        sent = send_test_event(ctx, row.pk).result
        return Done(f"Test event {sent.sequence} is on its way.")

    @tenant_action(
        Action.ROTATE_WEBHOOK_SECRET,
        title="Rotate secret",
        icon="key",
        explanation="Makes a new signing secret and shows it once. Until the time you choose is over, deliveries "
        "are signed with the secrets before as well, so that the receiver can be changed over; at most three live.",
        submit="Rotate the secret",
        form=RotateWebhookSecret,
    )
    def rotate_secret(self, ctx: CallContext, row: Webhook, form: RotateWebhookSecret) -> ShownOnce:
        outcome = rotate_secret(ctx, row.pk, expires_in_seconds=form.cleaned_data["overlap"])
        if outcome.replayed:
            raise InvalidState(
                "The secret was shown when the form was first sent. If nobody noted it, rotate it again."
            )
        issued = outcome.result
        return ShownOnce(
            title=f"New signing secret of {row.pk}",
            note="Give the secret to the receiver now. The page is not stored, and the secret has no other page. "
            f"The secrets before sign along until {issued.previous_expires_at}.",
            values=(("Webhook", row.url), ("Signing secret", opened(issued))),
        )

    @tenant_action(
        Action.GIVE_PAGE,
        title="Give the partner a page",
        icon="link",
        explanation=_GIVE_PAGE,
        submit="Make the link",
        form=GivePage,
    )
    def give_page(self, ctx: CallContext, row: Webhook, form: GivePage) -> ShownOnce:
        if row.party_type == PartyType.TENANT:
            raise InvalidState("This webhook is the tenant's own: its people have the admin.")
        return _page_given(ctx, PartyType(row.party_type), row.party_id, form)


@admin.register(Lane)
class LanePages(TenantAdmin):
    list_display = ("webhook_id", "health", "cap", "next_due", "open_until", "fails", "failing_since")
    ordering = ("webhook_id",)

    @display(description="Health", label={"healthy": "success", "failing": "danger"})
    def health(self, row: Lane) -> str:
        return "failing" if row.failing_since else "healthy"


@admin.register(Delivery)
class DeliveryPages(TenantActions):
    list_display = ("id", "webhook_id", "type", "subject", "sequence", "condition", "attempts", "due_at", "first_at")
    list_filter = ("state",)
    search_fields = ("webhook__id__exact", "subject__exact", "type__exact")
    ordering = ("-id",)
    actions_detail = ("redeliver",)

    @display(description="State", label=_STATE_LABELS)
    def condition(self, row: Delivery) -> str:
        return _STATES[DeliveryState(row.state)]

    def get_tables(self, request: HttpRequest, row: Delivery) -> list[Table]:
        tried = _attempts(row.tenant_id, row.webhook_id).filter(at__gte=row.first_at, delivery_id=row.pk)[:_SHOWN]
        return [_attempts_table("Attempts", list(tried))]

    @tenant_action(
        Action.REDELIVER, title="Redeliver", icon="replay", explanation=_REDELIVER, submit="Deliver it again now"
    )
    def redeliver(self, ctx: CallContext, row: Delivery, form: ActionForm) -> Done:
        redeliver(ctx, row.webhook_id, position=row.position)
        return Done(f"{row.type} of {row.subject} is due again.", to=page_of(Webhook, row.webhook_id))


@admin.register(Attempt)
class AttemptPages(TenantActions):
    list_display = ("at", "webhook_id", "type", "subject", "number", "result", "status", "milliseconds", "error")
    list_filter = ("outcome",)
    search_fields = ("webhook__id__exact", "subject__exact", "type__exact")
    ordering = ("-id",)
    actions_detail = ("redeliver",)

    @display(description="Outcome", label=_OUTCOMES)
    def result(self, row: Attempt) -> str:
        return row.outcome

    @tenant_action(
        Action.REDELIVER, title="Redeliver", icon="replay", explanation=_REDELIVER, submit="Deliver it again now"
    )
    def redeliver(self, ctx: CallContext, row: Attempt, form: ActionForm) -> Done:
        if row.position is None:
            raise InvalidState("This attempt is older than the record of where its event stands in the log.")
        redeliver(ctx, row.webhook_id, position=row.position)
        return Done(f"{row.type} of {row.subject} is due again.", to=page_of(Webhook, row.webhook_id))


@admin.register(PageLink)
class PageLinkPages(TenantActions):
    """The links to partners' pages; a link's token has no page."""

    list_display = ("id", "party_type", "party_id", "condition", "giver", "created_at", "expires_at", "opened_at")
    list_filter = ("party_type",)
    search_fields = ("id__exact", "party_id__exact")
    ordering = ("-created_at", "id")
    actions_list = ("give_page",)
    actions_detail = ("revoke_page",)
    lines = (
        ("condition", "giver"),
        ("party_type", "party_id"),
        ("created_at", "expires_at"),
        ("opened_at", "revoked_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(giver_name=actor_name("made_by"))
        return rows

    @display(description="State", label={"open": "success", "ended": "", "revoked": "danger"})
    def condition(self, row: PageLink) -> str:
        if row.revoked_at is not None:
            return "revoked"
        return "ended" if row.expires_at <= datetime.now(UTC) else "open"

    @display(description="Given by")
    def giver(self, row: Any) -> str:
        return str(row.giver_name)

    @tenant_action(
        Action.GIVE_PAGE,
        title="Give a partner a page",
        icon="link",
        explanation=_GIVE_PAGE,
        submit="Make the link",
        form=GiveSomebodyPage,
    )
    def give_page(self, ctx: CallContext, row: None, form: GiveSomebodyPage) -> ShownOnce:
        return _page_given(ctx, PartyType(form.cleaned_data["party"]), form.cleaned_data["party_id"], form)

    @tenant_action(
        Action.REVOKE_PAGE,
        title="Revoke",
        icon="link_off",
        explanation="The link stops working, and whoever is on the page is shown out with the next click.",
        submit="Revoke the link",
        danger=True,
    )
    def revoke_page(self, ctx: CallContext, row: PageLink, form: ActionForm) -> Done:
        revoke_page(ctx, row.pk)
        return Done(f"The page of {row.party_id} is closed.")


def _page_given(ctx: CallContext, party: PartyType, party_id: str, form: GivePage) -> ShownOnce:
    outcome = give_page(ctx, party, party_id, lasts_seconds=form.cleaned_data["lasts"])
    if outcome.replayed:
        raise InvalidState("The link was shown when the form was first sent. If nobody noted it, make another.")
    issued = outcome.result
    return ShownOnce(
        title=f"A page for {party_id}",
        note="Give the link to the partner now, by a way that others do not read: whoever has it is let in until "
        f"{issued.page.expires_at}. It is shown this once.",
        values=(("Given to", f"{party} {party_id}"), ("Link", link_of(issued))),
    )


def _lane_table(row: Webhook) -> Table:
    lane = Lane.objects.filter(tenant_id=row.tenant_id, webhook=row).first()
    headers = ("Health", "Failing since (UTC)", "Failures in a row", "At once, at most", "Next due (UTC)")
    cells = [] if lane is None else [_lane_cells(lane)]
    return Table(title="Health of the endpoint", headers=headers, rows=cells, empty="Nothing was sent yet.")


def _lane_cells(lane: Lane) -> tuple[Any, ...]:
    health = label("failing", "danger") if lane.failing_since else label("healthy", "success")
    since = f"{lane.failing_since:%Y-%m-%d %H:%M:%S}" if lane.failing_since else "-"
    due = f"{lane.next_due:%Y-%m-%d %H:%M:%S}" if lane.next_due else "nothing waits"
    return health, since, lane.fails, lane.cap, due


def _waiting_table(row: Webhook) -> Table:
    rows = Delivery.objects.filter(tenant_id=row.tenant_id, webhook=row).order_by("-id")[:_SHOWN]
    return Table(
        title="Waiting or given up",
        headers=("Event", "Subject", "State", "Attempts", "Due (UTC)", "First (UTC)"),
        rows=[
            (
                linked(each.type, page_of(Delivery, each.pk)),
                f"{each.subject} #{each.sequence}",
                label(state := _STATES[DeliveryState(each.state)], _STATE_LABELS[state]),
                each.attempts,
                f"{each.due_at:%Y-%m-%d %H:%M:%S}",
                f"{each.first_at:%Y-%m-%d %H:%M:%S}",
            )
            for each in rows
        ],
        empty="Nothing waits, and nothing was given up.",
    )


def _recent_table(row: Webhook) -> Table:
    """Return the newest deliveries that were tried, each with its attempts."""
    newest = list(_attempts(row.tenant_id, row.pk)[:_ATTEMPTS_READ])
    by_delivery = sorted(newest, key=lambda each: (-each.delivery_id, -each.pk))
    groups = [list(group) for _, group in groupby(by_delivery, key=lambda each: each.delivery_id)]
    groups.sort(key=lambda group: -group[0].pk)
    shown = groups[:_SHOWN]
    return Table(
        title="Recent deliveries",
        headers=("Event", "Subject", "Outcome", "Attempts", "Last (UTC)"),
        rows=[_delivery_cells(group) for group in shown],
        nested=[_attempts_table("Attempts", group) for group in shown],
        empty="Nothing was delivered yet. Send a test event.",
    )


def _delivery_cells(attempts: list[Attempt]) -> tuple[Any, ...]:
    last = attempts[0]
    return (
        linked(last.type, page_of(Attempt, last.pk)),
        f"{last.subject} #{last.sequence}",
        label(last.outcome, _OUTCOMES[last.outcome]),
        last.number,
        f"{last.at:%Y-%m-%d %H:%M:%S}",
    )


def _attempts(tenant_id: int, webhook_id: str) -> QuerySet[Attempt]:
    return Attempt.objects.filter(tenant_id=tenant_id, webhook_id=webhook_id).order_by("-at", "-id")


def _attempts_table(title: str, attempts: list[Attempt]) -> Table:
    rows = [
        (
            linked(f"#{each.number}", page_of(Attempt, each.pk)),
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            label(each.outcome, _OUTCOMES[each.outcome]),
            each.status or "-",
            "-" if each.milliseconds is None else f"{each.milliseconds:,} ms",
            each.error or "-",
        )
        for each in attempts
    ]
    return Table(title=title, headers=_ATTEMPT_HEADERS, rows=rows, empty="It was not tried yet.")
