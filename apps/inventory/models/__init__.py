from apps.inventory.models.integrity import IntegrityReport
from apps.inventory.models.stock import Batch, Reservation, ReservationLine, StockItem, StockLevel
from apps.inventory.models.warehouse import Warehouse

__all__ = ["Batch", "IntegrityReport", "Reservation", "ReservationLine", "StockItem", "StockLevel", "Warehouse"]
