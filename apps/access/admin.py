from datetime import UTC, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.access.commands.issue_client import issue_client
from apps.access.commands.reactivate_client import reactivate_client
from apps.access.commands.rotate_client_secret import rotate_client_secret
from apps.access.commands.suspend_client import suspend_client
from apps.access.models import Application
from apps.access.parties import party_exists
from apps.access.scopes import SCOPE_DESCRIPTIONS
from apps.core.admin import TenantAdmin, display
from apps.core.context import CallContext, PartyType
from apps.core.errors import ValidationFailed
from apps.core.ids import CODE_PATTERN
from apps.tenancy.actions import ActionForm, Done, ShownOnce, TenantActions, tenant_action
from apps.tenancy.roles import Action

AccessToken = get_access_token_model()

# The toolkit registers its own pages, which know no tenants.
for model in (Application, AccessToken, get_grant_model(), get_id_token_model(), get_refresh_token_model()):
    admin.site.unregister(model)

_PARTIES = [
    (PartyType.TENANT.value, "The tenant's own staff"),
    (PartyType.SUPPLIER.value, "A supplier"),
    (PartyType.RETAIL_PARTNER.value, "A retail partner"),
]
# Seconds for which the secret before works along.
_OVERLAPS = [
    (86_400, "24 hours (the client is changed over calmly)"),
    (3_600, "1 hour"),
    (604_800, "7 days"),
    (0, "Not at all (the secret leaked)"),
]


class IssueClient(ActionForm):
    """Who the client acts for, and what it may ask for."""

    name = forms.CharField(max_length=255, widget=UnfoldAdminTextInputWidget, help_text="What people call it.")
    party = forms.ChoiceField(label="Acts for", choices=_PARTIES, widget=UnfoldAdminSelectWidget)
    party_id = forms.RegexField(
        CODE_PATTERN,
        label="Code of the supplier or retail partner",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Empty for the tenant's own staff.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {description}") for scope, description in SCOPE_DESCRIPTIONS.items()],
        required=False,
        widget=UnfoldAdminSelectMultipleWidget,
        help_text="None chosen: all that its kind of party may have.",
    )

    def clean(self) -> dict[str, Any]:
        """Staff have no code, everybody else needs one."""
        said: dict[str, Any] = super().clean() or {}
        staff = said.get("party") == PartyType.TENANT
        if "party_id" in said and staff == bool(said["party_id"]):
            self.add_error("party_id", "Staff have no code." if staff else "Say which one.")
        return said


class RotateClientSecret(ActionForm):
    """How long the old secret works along."""

    overlap = forms.TypedChoiceField(
        label="The secret before works along for", choices=_OVERLAPS, coerce=int, widget=UnfoldAdminSelectWidget
    )


class ApplicationState(admin.SimpleListFilter):
    """Whether a client may call."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "Not suspended"), ("suspended", "Suspended")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(disabled_at__isnull=self.value() == "active")


@admin.register(Application)
class ApplicationPages(TenantActions):
    list_display = ("name", "client_id", "party_type", "party_id", "state", "second_secret", "created", "expires_at")
    list_filter = (ApplicationState, "party_type")
    search_fields = ("name", "client_id__exact", "party_id__exact")
    ordering = ("id",)
    lines = (
        ("name", "state"),
        ("client_id",),
        ("party_type", "party_id", "second_secret"),
        ("allowed_scopes",),
        ("allowed_networks", "expires_at", "disabled_at"),
        ("created", "updated"),
    )
    actions_list = ("issue_client",)
    actions_detail = ("rotate_client_secret", "suspend_client", "reactivate_client")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer to suspend who works and to reactivate who does not."""
        offered = super().get_actions_detail(request, object_id)
        suspended = self.get_queryset(request).filter(pk=object_id, disabled_at__isnull=False).exists()
        absurd = Action.SUSPEND_CLIENT if suspended else Action.REACTIVATE_CLIENT
        return [each for each in offered if each.method.permitted_action is not absurd]

    @display(description="State", label={"active": "success", "suspended": "danger", "expired": "warning"})
    def state(self, row: Application) -> str:
        if row.disabled_at is not None:
            return "suspended"
        return "expired" if row.expires_at is not None and row.expires_at <= datetime.now(UTC) else "active"

    @display(description="Old secret works until")
    def second_secret(self, row: Application) -> str:
        until = row.previous_secret_expires_at
        return f"{until:%Y-%m-%d %H:%M}" if until is not None and until > datetime.now(UTC) else "-"

    @tenant_action(
        Action.ISSUE_CLIENT,
        title="Issue client",
        icon="add",
        explanation="Makes an OAuth client for one party. Its secret is shown once, on the next page: only a hash of "
        "it is stored.",
        submit="Issue the client",
        form=IssueClient,
    )
    def issue_client(self, ctx: CallContext, row: None, form: IssueClient) -> ShownOnce:
        said = form.cleaned_data
        if not party_exists(ctx.tenant_id, PartyType(said["party"]), said["party_id"]):
            raise ValidationFailed(f"The tenant has no such supplier or retail partner: {said['party_id']}.")
        issued = issue_client(
            tenant_id=ctx.tenant_id,
            name=said["name"],
            party=PartyType(said["party"]),
            party_id=said["party_id"],
            scopes=tuple(said["scopes"]),
            ctx=ctx,
        )
        return ShownOnce(
            title=f"Client {said['name']} was issued",
            note="Store the secret now. It is shown this once, and nobody can read it back.",
            values=(
                ("client_id", issued.client_id),
                ("client_secret", issued.client_secret),
                ("Token endpoint", f"{settings.PUBLIC_URL}/oauth/token"),
                ("Scopes", " ".join(issued.scopes)),
            ),
        )

    @tenant_action(
        Action.ROTATE_CLIENT_SECRET,
        title="Rotate secret",
        icon="key",
        explanation="Makes a new secret and shows it once. The secret before works along for the time you choose, so "
        "that the client can be changed over; a secret that still worked along from an earlier rotation ends now. "
        "Tokens that were issued already end by themselves within 15 minutes; to stop them now, suspend the client.",
        submit="Rotate the secret",
        form=RotateClientSecret,
    )
    def rotate_client_secret(self, ctx: CallContext, row: Application, form: RotateClientSecret) -> ShownOnce:
        rotated = rotate_client_secret(ctx, row.pk, overlap_seconds=form.cleaned_data["overlap"])
        until = rotated.previous_until
        old = f"The secret before works until {until}." if until else "The secret before has ended."
        return ShownOnce(
            title=f"New secret of {row}",
            note=f"Store the secret now. It is shown this once, and nobody can read it back. {old}",
            values=(("client_id", rotated.client_id), ("client_secret", rotated.client_secret)),
        )

    @tenant_action(
        Action.SUSPEND_CLIENT,
        title="Suspend",
        icon="block",
        explanation="The client gets no more tokens, and the tokens it has stop now. Its webhooks stay. You can "
        "reactivate it later; it then needs a new token.",
        submit="Suspend the client",
        danger=True,
    )
    def suspend_client(self, ctx: CallContext, row: Application, form: ActionForm) -> Done:
        suspend_client(ctx, row.pk)
        return Done(f"{row} is suspended; its tokens have stopped.")

    @tenant_action(
        Action.REACTIVATE_CLIENT,
        title="Reactivate",
        icon="play_arrow",
        explanation="The client may get tokens again, with the secrets it has. Rotate the secret first if it leaked.",
        submit="Reactivate the client",
    )
    def reactivate_client(self, ctx: CallContext, row: Application, form: ActionForm) -> Done:
        reactivate_client(ctx, row.pk)
        return Done(f"{row} may call again.")


@admin.register(AccessToken)
class AccessTokenPages(TenantAdmin):
    tenant_path = "application__tenant_id"
    list_display = ("id", "application", "scope", "created", "expires")
    list_select_related = ("application",)
    search_fields = ("application__name", "application__client_id__exact")
    ordering = ("-id",)
    hidden_fields = ("token", "token_checksum", "source_refresh_token", "id_token")
