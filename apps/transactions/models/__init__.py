from apps.transactions.models.stock_transaction import StockTransaction

__all__ = ["StockTransaction"]
