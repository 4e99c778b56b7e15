from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in, plain
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.codes import checked_code
from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.core.identifiers import checked_gtin
from apps.outbox.unit_of_work import reading
from apps.products.api import operations
from apps.products.api.data_schemas import images_in_order
from apps.products.api.schemas import ProductCreate, rendered, rendered_row
from apps.products.commands.change_product import change_product
from apps.products.commands.create_absent_product import create_absent_product
from apps.products.commands.create_product import create_product
from apps.products.commands.delete_product import delete_product
from apps.products.commands.replace_product import replace_product
from apps.products.queries.products import product, products
from apps.products.types import ProductValues

_ORDERS = {"productId": "pk", "createdAt": "created_at"}


class Products(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: products(call.ctx), rendered_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        outcome = create_product(call.ctx, call.body.product_id, _values(call.body))
        return created(outcome, rendered, location=f"/v1/products/{outcome.result.product_id}")


class ProductDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, product_id: str) -> Answer:
        with reading(call.ctx):
            facts = product(call.ctx, product_id)
        return shown(facts, rendered)

    @operation(operations.PUT)
    def put(self, call: Call, product_id: str) -> Answer:
        _refuse_another_code(call.body, product_id)
        values = _values(call.body)
        if call.must_be_new:
            outcome = create_absent_product(call.ctx, checked_code(product_id, parameter="productId"), values)
            return created(outcome, rendered, location=f"/v1/products/{product_id}")
        return changed(replace_product(call.ctx, product_id, values, expected=call.expected), rendered)

    @operation(operations.CHANGE)
    def patch(self, call: Call, product_id: str) -> Answer:
        changes = changes_in(call.body)
        if "gtin" in changes:
            changes["gtin"] = checked_gtin(changes["gtin"])
        if "images" in changes:
            changes["images"] = images_in_order(changes["images"])
        return changed(change_product(call.ctx, product_id, expected=call.expected, changes=changes), rendered)

    @operation(operations.DELETE)
    def delete(self, call: Call, product_id: str) -> Answer:
        return deleted(delete_product(call.ctx, product_id, expected=call.expected))


def _values(body: ProductCreate) -> ProductValues:
    return ProductValues(
        sku=body.sku,
        name=body.name,
        description=body.description,
        gtin=checked_gtin(body.gtin),
        unit_of_measure=body.unit_of_measure,
        group_id=body.group_id,
        images=images_in_order(body.images),
        storage_conditions=plain(body.storage_conditions),
        status=body.status,
        attributes=body.attributes,
    )


def _refuse_another_code(body: ProductCreate, product_id: str) -> None:
    if body.product_id not in {None, product_id}:
        detail = "productId, where the body has it, repeats the one in the path."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/productId")])
