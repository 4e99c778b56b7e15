"""What the forms of a partner's page ask for."""

import json
from hashlib import sha256
from uuid import uuid4

from django import forms
from django.http import HttpRequest

from apps.core.context import IdempotencyClaim
from apps.webhooks.types import WebhookStatus

OVERLAPS = [
    (86_400, "24 hours"),
    (3_600, "1 hour"),
    (604_800, "7 days"),
    (0, "Not at all (the secret leaked)"),
]


class PartnerForm(forms.Form):
    """A form that counts once however often it is sent: its hidden key is fresh with each page."""

    key = forms.UUIDField()

    def claim(self, request: HttpRequest) -> IdempotencyClaim:
        """Return the key and what the form asks for: the same key with other values is another request."""
        said = json.dumps({"path": request.path, **self.cleaned_data}, sort_keys=True, default=str)
        return IdempotencyClaim(key=f"page-{self.cleaned_data['key']}", fingerprint=sha256(said.encode()).digest())


class StatusForm(PartnerForm):
    status = forms.ChoiceField(
        choices=[(each.value, each.value) for each in (WebhookStatus.ACTIVE, WebhookStatus.PAUSED)]
    )


class ResendForm(PartnerForm):
    """Which delivery: one that was tried, or one that waits or was given up."""

    attempt = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    delivery = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class RotateForm(PartnerForm):
    overlap = forms.TypedChoiceField(choices=OVERLAPS, coerce=int)


def fresh_key() -> str:
    """Return the hidden key of a page's forms."""
    return str(uuid4())
