"""Whose a warehouse is, and who may write it: staff any, every other party its own."""

from dataclasses import dataclass

from apps.core.context import PartyType
from apps.core.errors import FieldError, Forbidden, ValidationFailed
from apps.inventory.models.warehouse import Warehouse
from apps.inventory.queries.warehouses import warehouses
from apps.outbox.unit_of_work import UnitOfWork
from apps.retail_partners.queries import retail_partners
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data

_POINTER = "#/owner/id"


@dataclass(frozen=True, slots=True)
class Owner:
    """A party that owns; the tenant's `id` is empty."""

    type: PartyType
    id: str


def checked_owner(uow: UnitOfWork, owner: Owner | None) -> Owner:
    """Return whose a new warehouse is: by default the caller's own.

    Raises Forbidden where the caller may not give it to that owner, ValidationFailed where there is no such owner.
    """
    principal = uow.ctx.principal
    own = Owner(principal.party, principal.party_id)
    owner = owner or own
    if not principal.is_staff and owner != own:
        raise Forbidden("A party creates warehouses of its own only.")
    _refuse_unnamed(owner)
    match owner.type:
        case PartyType.SUPPLIER:
            master_data.require(suppliers(uow.ctx), owner.id, pointer=_POINTER)
        case PartyType.RETAIL_PARTNER:
            master_data.require(retail_partners(uow.ctx), owner.id, pointer=_POINTER)
        case PartyType.TENANT:
            pass
    return owner


def lock_own(uow: UnitOfWork, warehouse_id: str) -> Warehouse:
    """Return a warehouse that the caller may change, locked.

    Raises NotFound where it is absent or invisible, Forbidden where it is another's.
    """
    principal = uow.ctx.principal
    row = master_data.lock(warehouses(uow.ctx), warehouse_id)
    if not principal.is_staff and (row.owner_type, row.owner_id) != (principal.party.value, principal.party_id):
        raise Forbidden("A party changes warehouses of its own only.")
    return row


def _refuse_unnamed(owner: Owner) -> None:
    if (owner.type is PartyType.TENANT) != (owner.id == ""):
        detail = "A supplier or retail partner is named by its id; the tenant has none."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=_POINTER)])
