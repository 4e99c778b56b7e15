from apps.products.models.certification import Certification
from apps.products.models.compatibility import Compatibility
from apps.products.models.field_mapping import FieldMapping
from apps.products.models.order_rule import OrderRule
from apps.products.models.packaging import Packaging
from apps.products.models.price import Price
from apps.products.models.product import Product
from apps.products.models.product_group import ProductGroup
from apps.products.models.sku_mapping import SkuMapping

__all__ = [
    "Certification",
    "Compatibility",
    "FieldMapping",
    "OrderRule",
    "Packaging",
    "Price",
    "Product",
    "ProductGroup",
    "SkuMapping",
]
