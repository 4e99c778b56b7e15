from apps.orders.models.order import Order, OrderLine
from apps.orders.models.order_return import OrderReturn, OrderReturnLine

__all__ = ["Order", "OrderLine", "OrderReturn", "OrderReturnLine"]
