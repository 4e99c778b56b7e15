from typing import Any

import msgspec

from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain.field_mapping import map_fields
from apps.products.domain.sku_mappings import refuse_retail_partners
from apps.products.queries.field_mappings import field_mappings, field_names
from apps.products.types import MappedDocument
from apps.tenancy.queries import found


@use_case(MappedDocument)
def preview_field_mapping(uow: UnitOfWork, field_mapping_id: str, document: dict[str, Any]) -> MappedDocument:
    """Show a document as the party of a mapping names its members. Nothing is stored but the answer under its key."""
    row = found(field_mappings(uow.ctx), field_mapping_id)
    refuse_retail_partners(uow.ctx, row.supplier_id)
    return MappedDocument(document=msgspec.json.encode(map_fields(document, field_names(row))).decode())
