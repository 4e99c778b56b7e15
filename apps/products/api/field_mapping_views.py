from typing import Any

from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.core.structs import decoder_of
from apps.outbox.unit_of_work import reading
from apps.products.api import field_mapping_operations as operations
from apps.products.api.field_mapping_schemas import (
    MappedDocumentView,
    rendered_field_mapping,
    rendered_field_mapping_row,
)
from apps.products.commands.change_field_mapping import change_field_mapping
from apps.products.commands.create_field_mapping import create_field_mapping
from apps.products.commands.delete_field_mapping import delete_field_mapping
from apps.products.commands.preview_field_mapping import preview_field_mapping
from apps.products.domain.field_mapping import refuse_ambiguity
from apps.products.domain.sku_mappings import refuse_all_but_one_party
from apps.products.queries.field_mappings import field_mapping, field_mappings
from apps.products.types import FieldNames, NewFieldMapping

_ORDERS = {"fieldMappingId": "pk", "createdAt": "created_at"}

_document = decoder_of(dict[str, Any])


class FieldMappings(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: field_mappings(call.ctx), rendered_field_mapping_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        refuse_all_but_one_party(body.supplier_id, body.retail_partner_id)
        names = FieldNames(fields=body.fields, attribute_fields=body.attribute_fields)
        refuse_ambiguity(body.resource, names)
        new = NewFieldMapping(
            field_mapping_id=body.field_mapping_id,
            supplier_id=body.supplier_id,
            retail_partner_id=body.retail_partner_id,
            resource=body.resource,
            names=names,
            status=body.status,
            attributes=body.attributes,
        )
        outcome = create_field_mapping(call.ctx, new)
        location = f"/v1/fieldMappings/{outcome.result.field_mapping_id}"
        return created(outcome, rendered_field_mapping, location=location)


class FieldMappingDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, field_mapping_id: str) -> Answer:
        with reading(call.ctx):
            facts = field_mapping(call.ctx, field_mapping_id)
        return shown(facts, rendered_field_mapping)

    @operation(operations.CHANGE)
    def patch(self, call: Call, field_mapping_id: str) -> Answer:
        changes = changes_in(call.body)
        outcome = change_field_mapping(call.ctx, field_mapping_id, expected=call.expected, changes=changes)
        return changed(outcome, rendered_field_mapping)

    @operation(operations.DELETE)
    def delete(self, call: Call, field_mapping_id: str) -> Answer:
        return deleted(delete_field_mapping(call.ctx, field_mapping_id, expected=call.expected))


class FieldMappingPreviews(ApiView):
    @operation(operations.PREVIEW)
    def post(self, call: Call, field_mapping_id: str) -> Answer:
        outcome = preview_field_mapping(call.ctx, field_mapping_id, call.body.document)
        document = _document.decode(outcome.result.document)
        return Answer(body=MappedDocumentView(document=document), replayed=outcome.replayed)
