"""What an installation must be before it may serve strangers (`manage.py check --deploy`)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, register

# How the default in config/env.py begins.
_DEVELOPMENT_KEY = "development-only"


@register(deploy=True)
def check_secrets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse the development key and reachable private networks; say where metrics are closed."""
    messages: list[CheckMessage] = []
    if settings.SECRET_KEY.startswith(_DEVELOPMENT_KEY):
        messages.append(Error("SECRET_KEY is the development key.", hint="Set SECRET_KEY.", id="access.E001"))
    if settings.WEBHOOK_ALLOW_PRIVATE:
        messages.append(
            Error(
                "Webhooks may reach private networks.",
                hint="Unset WEBHOOK_ALLOW_PRIVATE; it is for the sandbox and tests.",
                id="access.E002",
            )
        )
    if settings.PRODUCTION and not settings.METRICS_TOKEN:
        hint = "Set METRICS_TOKEN, and give it to Prometheus as a bearer token."
        messages.append(Info("/metrics is closed.", hint=hint, id="access.I001"))
    return messages
