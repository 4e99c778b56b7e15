from django.urls import path

from apps.inventory.api.batch_views import Batches, BatchHolding, BatchTrace, BatchUnholding

urlpatterns = [
    path("batches", Batches.as_view()),
    path("batches/<str:batch_number>/hold", BatchHolding.as_view()),
    path("batches/<str:batch_number>/unhold", BatchUnholding.as_view()),
    path("batches/<str:batch_number>/trace", BatchTrace.as_view()),
]
