from apps.inventory.models.conflict import ConflictPolicy, Review
from apps.inventory.models.counting import Count, CountLine
from apps.inventory.models.integrity import IntegrityReport
from apps.inventory.models.parked import ParkedMovement
from apps.inventory.models.planning import Allocation, Arrival
from apps.inventory.models.reservation import Reservation, ReservationItem, ReservationLine
from apps.inventory.models.sent_batch import SentBatch
from apps.inventory.models.stock import Batch, StockItem, StockLevel
from apps.inventory.models.transfer import Transfer, TransferLine, TransferParcel
from apps.inventory.models.warehouse import Warehouse

__all__ = [
    "Allocation",
    "Arrival",
    "Batch",
    "ConflictPolicy",
    "Count",
    "CountLine",
    "IntegrityReport",
    "ParkedMovement",
    "Reservation",
    "ReservationItem",
    "ReservationLine",
    "Review",
    "SentBatch",
    "StockItem",
    "StockLevel",
    "Transfer",
    "TransferLine",
    "TransferParcel",
    "Warehouse",
]
