from django.urls import path

from apps.inventory.api.count_views import CountApproval, CountCancellation, CountDetail, CountLines, Counts

urlpatterns = [
    path("counts", Counts.as_view()),
    path("counts/<str:count_id>", CountDetail.as_view()),
    path("counts/<str:count_id>/lines", CountLines.as_view()),
    path("counts/<str:count_id>/approve", CountApproval.as_view()),
    path("counts/<str:count_id>/cancel", CountCancellation.as_view()),
]
