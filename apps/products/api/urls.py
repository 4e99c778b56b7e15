from django.urls import path

from apps.products.api.field_mapping_views import FieldMappingDetail, FieldMappingPreviews, FieldMappings
from apps.products.api.order_rule_views import OrderRuleDetail, OrderRules
from apps.products.api.packaging_views import PackagingDetail, ProductPackaging
from apps.products.api.price_views import EffectivePrice, PriceDetail, Prices
from apps.products.api.sku_mapping_views import SkuMappingDetail, SkuMappings
from apps.products.api.views import ProductDetail, Products

urlpatterns = [
    path("products", Products.as_view()),
    path("products/<str:product_id>", ProductDetail.as_view()),
    path("orderRules", OrderRules.as_view()),
    path("orderRules/<str:order_rule_id>", OrderRuleDetail.as_view()),
    path("skuMappings", SkuMappings.as_view()),
    path("skuMappings/<str:sku_mapping_id>", SkuMappingDetail.as_view()),
    path("fieldMappings", FieldMappings.as_view()),
    path("fieldMappings/<str:field_mapping_id>", FieldMappingDetail.as_view()),
    path("fieldMappings/<str:field_mapping_id>/preview", FieldMappingPreviews.as_view()),
    path("prices", Prices.as_view()),
    path("prices/<str:price_id>", PriceDetail.as_view()),
    path("products/<str:product_id>/effectivePrice", EffectivePrice.as_view()),
    path("products/<str:product_id>/packaging", ProductPackaging.as_view()),
    path("products/<str:product_id>/packaging/<str:unit_of_measure>", PackagingDetail.as_view()),
]
