from django.urls import path

from apps.feed.api.views import Events

urlpatterns = [
    path("events", Events.as_view()),
]
