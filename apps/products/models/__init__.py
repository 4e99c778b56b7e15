from apps.products.models.field_mapping import FieldMapping
from apps.products.models.order_rule import OrderRule
from apps.products.models.packaging import Packaging
from apps.products.models.price import Price
from apps.products.models.product import Product
from apps.products.models.sku_mapping import SkuMapping

__all__ = ["FieldMapping", "OrderRule", "Packaging", "Price", "Product", "SkuMapping"]
