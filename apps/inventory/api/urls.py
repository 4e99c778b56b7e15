from django.urls import path

from apps.inventory.api.changes_views import InventoryChanges
from apps.inventory.api.views import GroupInventory, Inventory, InventoryBatch, InventoryItem, Transactions

# Words before codes: a supplier may not be called by one of them (apps.core.codes).
urlpatterns = [
    path("inventory", Inventory.as_view()),
    path("inventory/batch", InventoryBatch.as_view()),
    path("inventory/changes", InventoryChanges.as_view()),
    path("inventory/transactions", Transactions.as_view()),
    path("productGroups/<str:group_id>/inventory", GroupInventory.as_view()),
    path("inventory/<str:supplier_id>/<str:product_id>", InventoryItem.as_view()),
]
