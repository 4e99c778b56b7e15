from apps.products.models.packaging import Packaging
from apps.products.models.product import Product

__all__ = ["Packaging", "Product"]
