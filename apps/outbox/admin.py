from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin import TenantAdmin
from apps.outbox.models import FeedDay, FeedHead, IdempotencyRecord, LoggedEventRow, OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessagePages(TenantAdmin):
    list_display = ("id", "type", "subject", "sequence", "occurred_at")
    search_fields = ("subject__exact", "type__exact")
    ordering = ("-id",)


@admin.register(LoggedEventRow)
class EventPages(TenantAdmin):
    list_display = ("position", "type", "subject", "sequence", "occurred_at", "logged_at")
    search_fields = ("subject__exact", "type__exact", "position__exact")
    ordering = ("-position",)


@admin.register(FeedDay)
class FeedDayPages(TenantAdmin):
    list_display = ("first_position", "logged_on")
    list_display_links = None
    ordering = ("first_position",)


@admin.register(FeedHead)
class FeedHeadPages(TenantAdmin):
    list_display = ("position",)
    list_display_links = None
    ordering = ("tenant_id",)


@admin.register(IdempotencyRecord)
class IdempotencyRecordPages(TenantAdmin):
    """The keys, never their facts. Two applications may use the same key, so a key alone names no page."""

    list_display = ("key", "application_id", "created_at")
    list_display_links = None
    search_fields = ("key__exact",)
    ordering = ("-created_at", "application_id", "key")
    hidden_fields = ("facts", "fingerprint")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None
