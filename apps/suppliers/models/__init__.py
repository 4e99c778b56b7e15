from apps.suppliers.models.supplier import Supplier

__all__ = ["Supplier"]
