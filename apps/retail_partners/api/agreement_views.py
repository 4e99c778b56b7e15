from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.retail_partners.api import agreement_operations as operations
from apps.retail_partners.api.schemas import rendered_agreement, rendered_agreement_row
from apps.retail_partners.commands.change_supply_agreement import change_supply_agreement
from apps.retail_partners.commands.create_supply_agreement import create_supply_agreement
from apps.retail_partners.commands.delete_supply_agreement import delete_supply_agreement
from apps.retail_partners.queries import supply_agreement, supply_agreements
from apps.retail_partners.types import NewSupplyAgreement

_ORDERS = {"agreementId": "pk", "createdAt": "created_at"}


class SupplyAgreements(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: supply_agreements(call.ctx), rendered_agreement_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        new = NewSupplyAgreement(
            agreement_id=body.agreement_id,
            retail_partner_id=body.retail_partner_id,
            supplier_id=body.supplier_id,
            product_id=body.product_id,
            valid_from=body.valid_from,
            valid_to=body.valid_to,
            minimum_shelf_life_days=body.minimum_shelf_life_days,
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_supply_agreement(call.ctx, new)
        location = f"/v1/supplyAgreements/{outcome.result.agreement_id}"
        return created(outcome, rendered_agreement, location=location)


class SupplyAgreementDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, agreement_id: str) -> Answer:
        with reading(call.ctx):
            facts = supply_agreement(call.ctx, agreement_id)
        return shown(facts, rendered_agreement)

    @operation(operations.CHANGE)
    def patch(self, call: Call, agreement_id: str) -> Answer:
        changes = changes_in(call.body)
        outcome = change_supply_agreement(call.ctx, agreement_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_agreement)

    @operation(operations.DELETE)
    def delete(self, call: Call, agreement_id: str) -> Answer:
        return deleted(delete_supply_agreement(call.ctx, agreement_id, expected=call.expected))
