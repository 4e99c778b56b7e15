"""The operations of the ledger."""

from apps.core.http.operations import Operation
from apps.transactions.api.filters import TransactionFilter
from apps.transactions.api.schemas import TransactionPage, TransactionView

LIST = Operation(
    operation_id="listTransactions",
    summary="List ledger entries",
    description="Every booking, oldest first. Staff see all, a supplier those of its stock. Entries never change.",
    scope="transactions:read",
    tag="Transactions",
    answer=TransactionPage,
    filters=TransactionFilter,
    order_by=("transactionId",),
    paged=True,
)
GET = Operation(
    operation_id="getTransaction",
    summary="Get a ledger entry",
    description="Staff read every entry, a supplier those of its stock. An entry never changes, nor does its ETag.",
    scope="transactions:read",
    tag="Transactions",
    answer=TransactionView,
    tagged=True,
)
