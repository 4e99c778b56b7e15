"""The Django app that carries `manage.py up`, `down`, `status` and their siblings."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Management commands only: no models, no signals."""

    name = "sandbox"
    label = "sandbox"
    verbose_name = "Sandbox"
