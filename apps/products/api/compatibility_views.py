from apps.access.api.answers import deleted, shown
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.products.api import compatibility_operations as operations
from apps.products.api.compatibility_file import fitments_in
from apps.products.api.compatibility_schemas import (
    CompatibilityImportedView,
    fitment_of,
    rendered_added,
    rendered_compatibility,
    rendered_compatibility_row,
)
from apps.products.commands.add_compatibility import add_compatibility
from apps.products.commands.delete_compatibility import delete_compatibility
from apps.products.commands.import_compatibility import import_compatibility
from apps.products.queries.compatibility import compatibility, compatibility_facts, one_compatibility

_ORDERS = {"compatibilityId": "pk"}


class ProductCompatibility(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call, product_id: str) -> Answer:
        return page_of(call, lambda: compatibility(call.ctx, product_id), rendered_compatibility_row, orders=_ORDERS)

    @operation(operations.ADD)
    def post(self, call: Call, product_id: str) -> Answer:
        stated = [
            fitment_of(item, product_id, pointer=f"#/items/{index}") for index, item in enumerate(call.body.items)
        ]
        outcome = add_compatibility(call.ctx, product_id, stated)
        location = f"/v1/products/{product_id}/compatibility"
        return Answer(body=rendered_added(outcome.result), status=201, location=location, replayed=outcome.replayed)


class CompatibilityDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, product_id: str, compatibility_id: str) -> Answer:
        with reading(call.ctx):
            row = one_compatibility(compatibility(call.ctx, product_id), compatibility_id)
            facts = compatibility_facts(row)
        return shown(facts, rendered_compatibility)

    @operation(operations.DELETE)
    def delete(self, call: Call, product_id: str, compatibility_id: str) -> Answer:
        return deleted(delete_compatibility(call.ctx, product_id, compatibility_id, expected=call.expected))


class CompatibilityImport(ApiView):
    @operation(operations.IMPORT)
    def post(self, call: Call) -> Answer:
        outcome = import_compatibility(call.ctx, fitments_in(call.body))
        facts = outcome.result
        view = CompatibilityImportedView(imported=facts.imported, unchanged=facts.unchanged)
        return Answer(body=view, replayed=outcome.replayed)
