from django.urls import path

from apps.webhooks.api.views import WebhookDeliveries, WebhookDetail, Webhooks, WebhookSecretRotation, WebhookTest

urlpatterns = [
    path("webhooks", Webhooks.as_view()),
    path("webhooks/<str:webhook_id>", WebhookDetail.as_view()),
    path("webhooks/<str:webhook_id>/test", WebhookTest.as_view()),
    path("webhooks/<str:webhook_id>/rotateSecret", WebhookSecretRotation.as_view()),
    path("webhooks/<str:webhook_id>/deliveries", WebhookDeliveries.as_view()),
]
