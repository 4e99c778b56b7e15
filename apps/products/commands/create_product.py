from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.types import ProductFacts, ProductValues


@use_case(ProductFacts)
def create_product(uow: UnitOfWork, product_id: str | None, values: ProductValues) -> ProductFacts:
    """Create a product; without a code it gets one."""
    return catalogue.add(uow, chosen_or_new(product_id, prefix="prd", pointer="#/productId"), values)
