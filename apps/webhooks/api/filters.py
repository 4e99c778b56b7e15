from apps.core.http.filters import CodesFilter, filter_set, moments

WebhookFilter = filter_set(
    "WebhookFilter",
    {
        "webhookId": CodesFilter("pk"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
    },
)
DeliveryFilter = filter_set("DeliveryFilter", {"eventType": CodesFilter("type"), "subject": CodesFilter("subject")})
