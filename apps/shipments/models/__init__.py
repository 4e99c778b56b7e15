from apps.shipments.models.discrepancy import Discrepancy
from apps.shipments.models.shipment import Package, PackedItem, Parcel, Shipment

__all__ = ["Discrepancy", "Package", "PackedItem", "Parcel", "Shipment"]
