from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.core.ids import decode_id
from apps.outbox.unit_of_work import reading
from apps.transactions.api import operations
from apps.transactions.api.schemas import render_transaction
from apps.transactions.queries import facts_of, transaction, transactions

_ORDERS = {"transactionId": "pk"}


def list_transactions(call: Call) -> Answer:
    """Answer a page of the ledger."""
    return page_of(call, lambda: transactions(call.ctx), lambda row: render_transaction(facts_of(row)), orders=_ORDERS)


class TransactionDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, transaction_id: str) -> Answer:
        with reading(call.ctx):
            facts = transaction(call.ctx, decode_id("txn", transaction_id))
        return Answer(body=render_transaction(facts), version=facts.item_version)
