from apps.products.models.product import Product

__all__ = ["Product"]
