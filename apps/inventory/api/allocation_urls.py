from django.urls import path

from apps.inventory.api.allocation_views import AllocationDetail, Allocations

urlpatterns = [
    path("allocations", Allocations.as_view()),
    path("allocations/<str:allocation_id>", AllocationDetail.as_view()),
]
