from apps.access.api.answers import changed, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.core.ids import decode_id
from apps.inventory.api import review_operations as operations
from apps.inventory.api.review_schemas import rendered_review, rendered_review_row
from apps.inventory.commands.approve_review import approve_review
from apps.inventory.commands.reject_review import reject_review
from apps.inventory.queries.reviews import review, reviews
from apps.outbox.unit_of_work import reading

_ORDERS = {"createdAt": "created_at"}


class Reviews(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: reviews(call.ctx), rendered_review_row, orders=_ORDERS)


class ReviewDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, review_id: str) -> Answer:
        with reading(call.ctx):
            facts = review(call.ctx, decode_id("rev", review_id))
        return shown(facts, rendered_review)


class ReviewApproval(ApiView):
    @operation(operations.APPROVE)
    def post(self, call: Call, review_id: str) -> Answer:
        return changed(approve_review(call.ctx, decode_id("rev", review_id), expected=call.expected), rendered_review)


class ReviewRejection(ApiView):
    @operation(operations.REJECT)
    def post(self, call: Call, review_id: str) -> Answer:
        return changed(reject_review(call.ctx, decode_id("rev", review_id), expected=call.expected), rendered_review)
