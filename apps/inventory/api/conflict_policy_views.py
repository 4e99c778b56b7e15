from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.inventory.api import conflict_policy_operations as operations
from apps.inventory.api.conflict_policy_schemas import rendered_policy, rendered_policy_row
from apps.inventory.commands.create_conflict_policy import create_conflict_policy
from apps.inventory.commands.delete_conflict_policy import delete_conflict_policy
from apps.inventory.commands.replace_conflict_policy import replace_conflict_policy
from apps.inventory.domain.conflicts import check_priorities, refuse_all_but_staff
from apps.inventory.queries.conflict_policies import conflict_policies, conflict_policy
from apps.outbox.unit_of_work import reading

_ORDERS = {"supplierId": "named"}


class ConflictPolicies(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        refuse_all_but_staff(call.ctx)
        return page_of(call, lambda: conflict_policies(call.ctx), rendered_policy_row, orders=_ORDERS)


class ConflictPolicyDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, supplier_id: str) -> Answer:
        refuse_all_but_staff(call.ctx)
        with reading(call.ctx):
            facts = conflict_policy(call.ctx, supplier_id)
        return shown(facts, rendered_policy)

    @operation(operations.PUT)
    def put(self, call: Call, supplier_id: str) -> Answer:
        said = {"policy": call.body.policy, "priorities": call.body.priorities}
        check_priorities(**said)
        if call.must_be_new:
            outcome = create_conflict_policy(call.ctx, supplier_id, **said)
            return created(outcome, rendered_policy, location=f"/v1/conflictPolicies/{supplier_id}")
        return changed(replace_conflict_policy(call.ctx, supplier_id, **said, expected=call.expected), rendered_policy)

    @operation(operations.DELETE)
    def delete(self, call: Call, supplier_id: str) -> Answer:
        return deleted(delete_conflict_policy(call.ctx, supplier_id, expected=call.expected))
