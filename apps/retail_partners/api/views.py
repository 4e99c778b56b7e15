from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in, plain
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.core.identifiers import checked_gln
from apps.outbox.unit_of_work import reading
from apps.retail_partners.api import operations
from apps.retail_partners.api.schemas import rendered_retail_partner, rendered_retail_partner_row
from apps.retail_partners.commands.change_retail_partner import change_retail_partner
from apps.retail_partners.commands.create_retail_partner import create_retail_partner
from apps.retail_partners.commands.delete_retail_partner import delete_retail_partner
from apps.retail_partners.queries import retail_partner, retail_partners
from apps.retail_partners.types import NewRetailPartner

_ORDERS = {"retailPartnerId": "pk", "createdAt": "created_at"}


class RetailPartners(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: retail_partners(call.ctx), rendered_retail_partner_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        new = NewRetailPartner(
            retail_partner_id=body.retail_partner_id,
            name=body.name,
            gln=checked_gln(body.gln),
            contact=plain(body.contact),
            channel=body.channel,
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_retail_partner(call.ctx, new)
        location = f"/v1/retailPartners/{outcome.result.retail_partner_id}"
        return created(outcome, rendered_retail_partner, location=location)


class RetailPartnerDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, retail_partner_id: str) -> Answer:
        with reading(call.ctx):
            facts = retail_partner(call.ctx, retail_partner_id)
        return shown(facts, rendered_retail_partner)

    @operation(operations.CHANGE)
    def patch(self, call: Call, retail_partner_id: str) -> Answer:
        changes = changes_in(call.body)
        if "gln" in changes:
            changes["gln"] = checked_gln(changes["gln"])
        outcome = change_retail_partner(call.ctx, retail_partner_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_retail_partner)

    @operation(operations.DELETE)
    def delete(self, call: Call, retail_partner_id: str) -> Answer:
        return deleted(delete_retail_partner(call.ctx, retail_partner_id, expected=call.expected))
