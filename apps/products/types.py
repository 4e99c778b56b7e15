"""What product commands take and return."""

from dataclasses import dataclass

from apps.tenancy.types import MasterDataFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductValues:
    """Everything of a product that a caller sets: what a creation starts with and a replacement leaves."""

    sku: str
    name: str
    description: str | None
    gtin: str | None
    unit_of_measure: str
    group_id: str | None
    images: list[str]
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts(MasterDataFacts):
    """A product as a command leaves it; `supplier_id` is the supplier whose client created it, if one did."""

    product_id: str
    sku: str
    name: str
    description: str | None
    gtin: str | None
    unit_of_measure: str
    group_id: str | None
    images: list[str]
    supplier_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProductGroup:
    """A group as a caller creates it; without a code it gets one."""

    group_id: str | None
    name: str
    description: str | None
    varies_by: list[str]
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductGroupFacts(MasterDataFacts):
    """A group as a command leaves it: its members differ in the attributes that `varies_by` names."""

    group_id: str
    name: str
    description: str | None
    varies_by: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPackaging:
    """A unit as a caller adds it: one of it is `numerator / denominator` base units."""

    unit_of_measure: str
    numerator: int
    denominator: int
    gtin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagingFacts:
    """A unit of a product beside its base unit. It never changes, so its version is always 1."""

    product_id: str
    unit_of_measure: str
    numerator: int
    denominator: int
    gtin: str | None
    created_at: str
    version: int = 1
