from django.urls import path

from apps.inventory.api.parked_views import ParkedMovementDetail, ParkedMovements

# Before the mappings' own codes, none of which is this word (apps.products.domain.sku_mappings).
urlpatterns = [
    path("skuMappings/parked", ParkedMovements.as_view()),
    path("skuMappings/parked/<str:parked_movement_id>", ParkedMovementDetail.as_view()),
]
