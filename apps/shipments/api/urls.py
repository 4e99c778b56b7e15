from django.urls import path

from apps.shipments.api.discrepancy_views import Discrepancies, DiscrepancyDetail, DiscrepancyResolution
from apps.shipments.api.views import (
    OrderReceipt,
    ShipmentCancellation,
    ShipmentDelivery,
    ShipmentDetail,
    ShipmentDispatching,
    Shipments,
)

urlpatterns = [
    path("orders/<str:order_id>/receive", OrderReceipt.as_view()),
    path("shipments", Shipments.as_view()),
    path("shipments/<str:shipment_id>", ShipmentDetail.as_view()),
    path("shipments/<str:shipment_id>/dispatch", ShipmentDispatching.as_view()),
    path("shipments/<str:shipment_id>/deliver", ShipmentDelivery.as_view()),
    path("shipments/<str:shipment_id>/cancel", ShipmentCancellation.as_view()),
    path("discrepancies", Discrepancies.as_view()),
    path("discrepancies/<str:discrepancy_id>", DiscrepancyDetail.as_view()),
    path("discrepancies/<str:discrepancy_id>/resolve", DiscrepancyResolution.as_view()),
]
