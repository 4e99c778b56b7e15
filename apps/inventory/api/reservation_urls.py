from django.urls import path

from apps.inventory.api.reservation_views import (
    ReservationCommitment,
    ReservationDetail,
    ReservationExtension,
    Reservations,
)

urlpatterns = [
    path("reservations", Reservations.as_view()),
    path("reservations/<str:reservation_id>", ReservationDetail.as_view()),
    path("reservations/<str:reservation_id>/extend", ReservationExtension.as_view()),
    path("reservations/<str:reservation_id>/commit", ReservationCommitment.as_view()),
]
