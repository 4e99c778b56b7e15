from django.urls import path

from apps.webhooks.pages import views

urlpatterns = [
    path("open", views.follow),
    path("<str:page_id>", views.overview),
    path("<str:page_id>/leave", views.leave),
    path("<str:page_id>/end", views.end),
    path("<str:page_id>/webhooks/<str:webhook_id>", views.endpoint),
    path("<str:page_id>/webhooks/<str:webhook_id>/test", views.send_test),
    path("<str:page_id>/webhooks/<str:webhook_id>/status", views.change_status),
    path("<str:page_id>/webhooks/<str:webhook_id>/resend", views.resend),
    path("<str:page_id>/webhooks/<str:webhook_id>/secret", views.secret),
]
