from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.products.api import certification_operations as operations
from apps.products.api.certification_schemas import CertificationView, rendered_certification
from apps.products.commands.change_certification import change_certification
from apps.products.commands.create_certification import create_certification
from apps.products.commands.delete_certification import delete_certification
from apps.products.models import Certification
from apps.products.queries.certifications import certification_facts, certifications
from apps.products.types import NewCertification
from apps.tenancy.queries import found

_ORDERS = {"certificationId": "pk", "createdAt": "created_at"}


class ProductCertifications(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call, product_id: str) -> Answer:
        today = call.ctx.now.date()

        def rendered_row(row: Certification) -> CertificationView:
            return rendered_certification(certification_facts(row, today))

        return page_of(call, lambda: certifications(call.ctx, product_id), rendered_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call, product_id: str) -> Answer:
        body = call.body
        new = NewCertification(
            certification_id=body.certification_id,
            scheme=body.scheme,
            issuer=body.issuer,
            number=body.number,
            valid_from=body.valid_from,
            valid_to=body.valid_to,
            document_url=body.document_url,
        )
        outcome = create_certification(call.ctx, product_id, new)
        location = f"/v1/products/{product_id}/certifications/{outcome.result.certification_id}"
        return created(outcome, rendered_certification, location=location)


class CertificationDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, product_id: str, certification_id: str) -> Answer:
        with reading(call.ctx):
            row = found(certifications(call.ctx, product_id), certification_id)
            facts = certification_facts(row, call.ctx.now.date())
        return shown(facts, rendered_certification)

    @operation(operations.CHANGE)
    def patch(self, call: Call, product_id: str, certification_id: str) -> Answer:
        changes = changes_in(call.body)
        outcome = change_certification(call.ctx, product_id, certification_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_certification)

    @operation(operations.DELETE)
    def delete(self, call: Call, product_id: str, certification_id: str) -> Answer:
        return deleted(delete_certification(call.ctx, product_id, certification_id, expected=call.expected))
