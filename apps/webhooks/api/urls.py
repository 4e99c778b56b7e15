from django.urls import path

from apps.webhooks.api.page_views import PageRevocation, Pages
from apps.webhooks.api.views import (
    WebhookDeliveries,
    WebhookDetail,
    WebhookEnabling,
    WebhookHealth,
    WebhookRedelivery,
    WebhookReplay,
    WebhookResync,
    Webhooks,
    WebhookSecretRotation,
    WebhookTest,
)

urlpatterns = [
    path("webhooks", Webhooks.as_view()),
    path("webhooks/pages", Pages.as_view()),
    path("webhooks/pages/<str:page_id>/revoke", PageRevocation.as_view()),
    path("webhooks/<str:webhook_id>", WebhookDetail.as_view()),
    path("webhooks/<str:webhook_id>/test", WebhookTest.as_view()),
    path("webhooks/<str:webhook_id>/enable", WebhookEnabling.as_view()),
    path("webhooks/<str:webhook_id>/health", WebhookHealth.as_view()),
    path("webhooks/<str:webhook_id>/replay", WebhookReplay.as_view()),
    path("webhooks/<str:webhook_id>/resync", WebhookResync.as_view()),
    path("webhooks/<str:webhook_id>/rotateSecret", WebhookSecretRotation.as_view()),
    path("webhooks/<str:webhook_id>/deliveries", WebhookDeliveries.as_view()),
    path("webhooks/<str:webhook_id>/deliveries/<str:delivery_id>/redeliver", WebhookRedelivery.as_view()),
]
