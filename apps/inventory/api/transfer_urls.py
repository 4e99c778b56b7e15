from django.urls import path

from apps.inventory.api.transfer_views import (
    TransferCancellation,
    TransferDetail,
    TransferReceipt,
    Transfers,
    TransferShipping,
)

urlpatterns = [
    path("transfers", Transfers.as_view()),
    path("transfers/<str:transfer_id>", TransferDetail.as_view()),
    path("transfers/<str:transfer_id>/ship", TransferShipping.as_view()),
    path("transfers/<str:transfer_id>/receive", TransferReceipt.as_view()),
    path("transfers/<str:transfer_id>/cancel", TransferCancellation.as_view()),
]
