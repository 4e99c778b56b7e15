from apps.core.errors import AlreadyExists, AlreadyExistsPrecondition
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.queries.products import products
from apps.products.types import ProductFacts, ProductValues


@use_case(ProductFacts)
def create_absent_product(uow: UnitOfWork, product_id: str, values: ProductValues) -> ProductFacts:
    """Create a product on the caller's condition that there is none of this code.

    Raises AlreadyExistsPrecondition where there is one.
    """
    if products(uow.ctx).filter(pk=product_id).exists():
        raise AlreadyExistsPrecondition(value=product_id)
    try:
        return catalogue.add(uow, product_id, values)
    except AlreadyExists as refusal:
        # Somebody else's PUT won between the look and the insert.
        if refusal.facts.get("value") == product_id and "retired" not in refusal.facts:
            raise AlreadyExistsPrecondition(value=product_id) from refusal
        raise
