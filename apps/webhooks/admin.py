from django.contrib import admin

from apps.core.admin import TenantAdmin
from apps.webhooks.models import Attempt, Delivery, Lane, Webhook


@admin.register(Webhook)
class WebhookPages(TenantAdmin):
    """The subscriptions; their secrets have no page."""

    list_display = ("id", "url", "party_type", "party_id", "status", "disabled_reason", "updated_at")
    list_filter = ("status", "party_type")
    search_fields = ("id__exact", "url", "party_id__exact")
    ordering = ("id",)


@admin.register(Lane)
class LanePages(TenantAdmin):
    list_display = ("webhook_id", "cap", "next_due", "open_until", "fails", "failing_since")
    ordering = ("webhook_id",)


@admin.register(Delivery)
class DeliveryPages(TenantAdmin):
    list_display = ("id", "webhook_id", "type", "subject", "sequence", "state", "attempts", "due_at", "first_at")
    list_filter = ("state",)
    search_fields = ("webhook__id__exact", "subject__exact", "type__exact")
    ordering = ("-id",)


@admin.register(Attempt)
class AttemptPages(TenantAdmin):
    list_display = ("at", "webhook_id", "type", "subject", "number", "outcome", "status", "milliseconds", "error")
    list_filter = ("outcome",)
    search_fields = ("webhook__id__exact", "subject__exact", "type__exact")
    ordering = ("-at", "-id")
