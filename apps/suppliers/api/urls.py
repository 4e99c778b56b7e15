from django.urls import path

from apps.suppliers.api.views import SupplierDetail, Suppliers

urlpatterns = [
    path("suppliers", Suppliers.as_view()),
    path("suppliers/<str:supplier_id>", SupplierDetail.as_view()),
]
