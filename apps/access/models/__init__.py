from apps.access.models.applications import Application

__all__ = ["Application"]
