"""What the commands of retail partners and supply agreements take and return."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.tenancy.types import MasterDataFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRetailPartner:
    """A retail partner to create; without a code it gets one."""

    retail_partner_id: str | None
    name: str
    gln: str | None
    contact: dict[str, Any] | None
    channel: str | None
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailPartnerFacts(MasterDataFacts):
    """A retail partner as a command leaves it."""

    retail_partner_id: str
    name: str
    gln: str | None
    contact: dict[str, Any] | None
    channel: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupplyAgreement:
    """An agreement to make; without a code it gets one, without a product it covers all, without dates it is open."""

    agreement_id: str | None
    retail_partner_id: str
    supplier_id: str
    product_id: str | None
    valid_from: date | None
    valid_to: date | None
    minimum_shelf_life_days: int | None
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyAgreementFacts(MasterDataFacts):
    """An agreement as a command leaves it; dates are `YYYY-MM-DD`, both included."""

    agreement_id: str
    retail_partner_id: str
    supplier_id: str
    product_id: str | None
    valid_from: str | None
    valid_to: str | None
    minimum_shelf_life_days: int | None
