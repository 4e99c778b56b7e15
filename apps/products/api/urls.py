from django.urls import path

from apps.products.api.certification_views import CertificationDetail, ProductCertifications
from apps.products.api.compatibility_views import CompatibilityDetail, CompatibilityImport, ProductCompatibility
from apps.products.api.field_mapping_views import FieldMappingDetail, FieldMappingPreviews, FieldMappings
from apps.products.api.group_views import ProductGroupDetail, ProductGroups
from apps.products.api.order_rule_views import OrderRuleDetail, OrderRules
from apps.products.api.packaging_views import PackagingDetail, ProductPackaging
from apps.products.api.price_views import EffectivePrice, PriceDetail, Prices
from apps.products.api.sku_mapping_views import SkuMappingDetail, SkuMappings
from apps.products.api.views import ProductDetail, Products

urlpatterns = [
    path("productGroups", ProductGroups.as_view()),
    path("productGroups/<str:group_id>", ProductGroupDetail.as_view()),
    path("products", Products.as_view()),
    path("products/compatibility/import", CompatibilityImport.as_view()),
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
    path("products/<str:product_id>/certifications", ProductCertifications.as_view()),
    path("products/<str:product_id>/certifications/<str:certification_id>", CertificationDetail.as_view()),
    path("products/<str:product_id>/compatibility", ProductCompatibility.as_view()),
    path("products/<str:product_id>/compatibility/<str:compatibility_id>", CompatibilityDetail.as_view()),
    path("products/<str:product_id>/packaging", ProductPackaging.as_view()),
    path("products/<str:product_id>/packaging/<str:unit_of_measure>", PackagingDetail.as_view()),
]
