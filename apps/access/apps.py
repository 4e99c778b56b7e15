from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "apps.access"
    verbose_name = "Access"

    def ready(self) -> None:
        from apps.access import checks  # noqa: F401, PLC0415 -- system checks register when the registry is full
