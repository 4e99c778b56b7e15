from collections.abc import Sequence

from apps.core.errors import AlreadyExists, ValidationFailed
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue, fitment
from apps.products.types import CompatibilityImported, Fitment


@use_case(CompatibilityImported)
def import_compatibility(uow: UnitOfWork, stated: Sequence[Fitment]) -> CompatibilityImported:
    """Add the vehicles of a file to their products: all that are new, or none. A file may be sent again.

    Raises ValidationFailed for lines of the file that contradict each other, NotFound and Forbidden for products that
    the caller does not see or may not change, AlreadyExists for lines that contradict what is stored.
    """
    among = fitment.sort_out([], stated)
    if among.clashing:
        detail = "The years overlap with those of the same vehicle in a line above."
        raise ValidationFailed(detail, errors=fitment.places(among.clashing, code="duplicate", detail=detail))
    catalogue.lock_all_own(uow, {each.product_id: each.pointer for each in reversed(among.new)})
    found = fitment.sort_out(fitment.stored(uow, among.new), among.new)
    if found.clashing:
        detail = "The product fits this vehicle already, in years that overlap."
        raise AlreadyExists(detail, errors=fitment.places(found.clashing, code="already_exists", detail=detail))
    fitment.store(uow, found.new)
    return CompatibilityImported(imported=len(found.new), unchanged=len(stated) - len(found.new))
