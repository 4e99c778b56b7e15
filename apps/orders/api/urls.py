from django.urls import path

from apps.orders.api.return_views import ReturnDetail, Returns
from apps.orders.api.views import OrderCancellation, OrderConfirmation, OrderDetail, Orders

urlpatterns = [
    path("orders", Orders.as_view()),
    path("orders/<str:order_id>", OrderDetail.as_view()),
    path("orders/<str:order_id>/confirm", OrderConfirmation.as_view()),
    path("orders/<str:order_id>/cancel", OrderCancellation.as_view()),
    path("returns", Returns.as_view()),
    path("returns/<str:return_id>", ReturnDetail.as_view()),
]
