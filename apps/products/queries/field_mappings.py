from apps.core.context import CallContext
from apps.products.models import (
    FieldMapping,
)
from apps.products.models.field_mapping import FieldMappingQuerySet
from apps.products.types import (
    FieldMappingFacts,
    FieldNames,
)
from apps.tenancy.queries import common_facts, found


def field_mappings(ctx: CallContext) -> FieldMappingQuerySet:
    """Return the field mappings that the caller may see."""
    return FieldMapping.objects.visible_to(ctx.principal)


def field_mapping(ctx: CallContext, field_mapping_id: str) -> FieldMappingFacts:
    """Return one field mapping. Raises NotFound where it is absent or invisible."""
    return field_mapping_facts(found(field_mappings(ctx), field_mapping_id))


def field_names(row: FieldMapping) -> FieldNames:
    """Return the names that a row maps."""
    return FieldNames(fields=row.fields, attribute_fields=row.attribute_fields)


def field_mapping_facts(row: FieldMapping) -> FieldMappingFacts:
    """Return a row as facts."""
    return FieldMappingFacts(
        field_mapping_id=row.pk,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        resource=row.resource,
        fields=row.fields,
        attribute_fields=row.attribute_fields,
        **common_facts(row),
    )
