from collections.abc import Sequence

from apps.core.errors import AlreadyExists, ValidationFailed
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue, fitment
from apps.products.types import CompatibilityAdded, Fitment


@use_case(CompatibilityAdded)
def add_compatibility(uow: UnitOfWork, product_id: str, stated: Sequence[Fitment]) -> CompatibilityAdded:
    """Add vehicles that a product fits: all of them or none; whoever may change the product may.

    Raises ValidationFailed for vehicles of the request that overlap, AlreadyExists for those that overlap with others.
    """
    among = fitment.sort_out([], stated)
    twice = [*among.known, *among.clashing]
    if twice:
        detail = "The years overlap with those of the same vehicle further up."
        raise ValidationFailed(detail, errors=fitment.places(twice, code="duplicate", detail=detail))
    catalogue.lock_own(uow, product_id)
    found = fitment.sort_out(fitment.stored(uow, stated), stated)
    taken = [*found.known, *found.clashing]
    if taken:
        detail = "The product fits this vehicle already, in years that overlap."
        raise AlreadyExists(detail, errors=fitment.places(taken, code="already_exists", detail=detail))
    return CompatibilityAdded(added=fitment.store(uow, found.new))
