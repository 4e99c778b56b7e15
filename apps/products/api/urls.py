from django.urls import path

from apps.products.api.views import ProductDetail, Products

urlpatterns = [
    path("products", Products.as_view()),
    path("products/<str:product_id>", ProductDetail.as_view()),
]
