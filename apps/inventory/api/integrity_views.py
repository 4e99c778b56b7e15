from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.inventory.api import integrity_operations as operations
from apps.inventory.api.integrity_schemas import rendered_integrity
from apps.inventory.commands.check_integrity import check_integrity
from apps.inventory.queries.integrity import newest_report
from apps.outbox.unit_of_work import reading


class Integrity(ApiView):
    @operation(operations.GET)
    def get(self, call: Call) -> Answer:
        with reading(call.ctx):
            facts = newest_report(call.ctx)
        return Answer(body=rendered_integrity(facts or check_integrity(call.ctx).result))
