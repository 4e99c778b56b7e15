from django.urls import path

from apps.feed.api.views import Events, EventStream

urlpatterns = [
    path("events", Events.as_view()),
    path("events/stream", EventStream.as_view()),
]
