from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain.field_mapping import refuse_ambiguity, refuse_too_many
from apps.products.domain.sku_mappings import refuse_retail_partners
from apps.products.queries.field_mappings import field_mapping_facts, field_mappings
from apps.products.types import FieldMappingFacts, FieldNames
from apps.tenancy.domain import master_data


@use_case(FieldMappingFacts)
def change_field_mapping(
    uow: UnitOfWork, field_mapping_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> FieldMappingFacts:
    """Change what a party calls members; whose names they are, and of which resource, never change."""
    row = master_data.lock(field_mappings(uow.ctx), field_mapping_id)
    refuse_retail_partners(uow.ctx, row.supplier_id)
    if expected is not None:
        expected.check(row.version)
    names = FieldNames(
        fields=master_data.merge(row.fields, changes.get("fields", {})),
        attribute_fields=master_data.merge(row.attribute_fields, changes.get("attribute_fields", {})),
    )
    refuse_too_many(names)
    refuse_ambiguity(row.resource, names)
    return field_mapping_facts(master_data.patch(uow, row, expected=expected, changes=changes))
