from django.urls import path

from apps.inventory.api.warehouse_views import WarehouseDetail, Warehouses

urlpatterns = [
    path("warehouses", Warehouses.as_view()),
    path("warehouses/<str:warehouse_id>", WarehouseDetail.as_view()),
]
