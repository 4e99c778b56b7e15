"""What product commands take and return."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from apps.core.spelling import closed_up, key_of, spelled
from apps.tenancy.types import MasterDataFacts

_OF_A_PRODUCT = """
    productId sku name description gtin unitOfMeasure groupId images storageConditions supplierId status attributes
    version createdAt updatedAt
"""
_OF_AN_ITEM = """
    supplierId productId retailPartnerId inventoryLevel reservedQuantity onHoldQuantity availableQuantity
    incomingQuantity incoming stockStatus leadTimeDays reorderThreshold reorderThresholds warehouseLocation batchNumber
    expirationDate lastUpdated version attributes levels batches
"""
# What parties may name otherwise, by our names of it in answers; a test compares them with the answers.
MAPPED_MEMBERS = {"product": frozenset(_OF_A_PRODUCT.split()), "inventory": frozenset(_OF_AN_ITEM.split())}
# A text is an address, as events and keys from before pictures had words still hold it.
StoredImage = str | dict[str, Any]
COMPATIBILITY_PREFIX = "fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductValues:
    """Everything of a product that a caller sets: what a creation starts with and a replacement leaves."""

    sku: str
    name: str
    description: str | None
    gtin: str | None
    unit_of_measure: str
    group_id: str | None
    images: list[dict[str, Any]]
    storage_conditions: dict[str, Any] | None = None
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
    images: list[StoredImage]
    supplier_id: str | None
    storage_conditions: dict[str, Any] | None = None


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
class Vehicle:
    """What a product is looked for by: `engine` and `model` as they are spelled, None for any."""

    make: str
    model: str | None = None
    year: int | None = None
    engine: str | None = None


@dataclass(frozen=True, kw_only=True)  # no slots: the key is worked out once
class Fitment:
    """A vehicle that a product fits, as a caller states it; both years are included, null members are any.

    `pointer` is where the caller said it.
    """

    product_id: str
    make: str
    model: str
    year_from: int
    year_to: int
    engine: str | None
    trim: str | None
    position: str | None
    notes: str | None
    pointer: str

    @cached_property
    def vehicle_key(self) -> UUID:
        """What two statements about the same vehicle of a product have in common, whatever their spelling."""
        words = [spelled(word or "") for word in (self.make, self.model, self.trim, self.position)]
        return UUID(key_of([self.product_id], words, [closed_up(self.engine or "")])[:32])


@dataclass(frozen=True, slots=True, kw_only=True)
class CompatibilityFacts:
    """A vehicle that a product fits. It never changes, so its version is always 1."""

    id: UUID
    product_id: str
    make: str
    model: str
    year_from: int
    year_to: int
    engine: str | None
    trim: str | None
    position: str | None
    notes: str | None
    created_at: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CompatibilityAdded:
    """What one request added."""

    added: list[CompatibilityFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompatibilityImported:
    """What a file came to: how many vehicles were added, and how many were there already."""

    imported: int
    unchanged: int


class CertificationStatus(StrEnum):
    """What a certificate is on a day."""

    NOT_YET_VALID = "notYetValid"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCertification:
    """A certificate as a caller adds it; both days are included, None leaves an end open."""

    certification_id: str | None
    scheme: str
    issuer: str
    number: str
    valid_from: date | None
    valid_to: date | None
    document_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationFacts:
    """A certificate as a command leaves it, and what it was on that day."""

    certification_id: str
    product_id: str
    scheme: str
    issuer: str
    number: str
    valid_from: str | None
    valid_to: str | None
    document_url: str | None
    status: str
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """A price to make; without a code it gets one, without a unit it counts the product's base unit."""

    price_id: str | None
    product_id: str
    amount: Decimal
    currency_code: str
    retail_partner_id: str | None
    channel: str | None
    region: str | None
    unit_of_measure: str | None
    minimum_quantity: int
    promotion: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFacts:
    """An amount as text, with the places that its currency has."""

    amount: str
    currency_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFacts(MasterDataFacts):
    """A price as a command leaves it; the window holds `valid_from` and not `valid_to`."""

    price_id: str
    product_id: str
    price: MoneyFacts
    retail_partner_id: str | None
    channel: str | None
    region: str | None
    unit_of_measure: str
    minimum_quantity: int
    promotion: str | None
    valid_from: str | None
    valid_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """For what a price is asked: None stands for none in particular, of a unit for the product's base unit."""

    currency_code: str
    retail_partner_id: str | None = None
    channel: str | None = None
    region: str | None = None
    unit_of_measure: str | None = None
    quantity: int = 1
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrderRule:
    """An order rule to make; without a code it gets one, without a retail partner it binds every one."""

    order_rule_id: str | None
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    minimum_quantity: int | None
    order_multiple: int | None
    unit_of_measure: str | None
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRuleFacts(MasterDataFacts):
    """An order rule as a command leaves it; its quantities count `unit_of_measure`."""

    order_rule_id: str
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    minimum_quantity: int | None
    order_multiple: int | None
    unit_of_measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseOrderRule:
    """What an order rule asks for in base units: at least `minimum`, in steps of `multiple`."""

    order_rule_id: str
    minimum: int
    multiple: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSkuMapping:
    """A party's own code to map; without a code of ours it gets one. One of the two parties is named."""

    sku_mapping_id: str | None
    supplier_id: str | None
    retail_partner_id: str | None
    partner_sku: str
    product_id: str
    unit_of_measure: str | None
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuMappingFacts(MasterDataFacts):
    """A mapping as a command leaves it; without a unit the code means the product's base unit."""

    sku_mapping_id: str
    supplier_id: str | None
    retail_partner_id: str | None
    partner_sku: str
    product_id: str
    unit_of_measure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNames:
    """What a party calls members of a document, by our names; `attribute_fields` those of attributes."""

    fields: dict[str, str]
    attribute_fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFieldMapping:
    """A field mapping to make; without a code it gets one. One of the two parties is named."""

    field_mapping_id: str | None
    supplier_id: str | None
    retail_partner_id: str | None
    resource: str
    names: FieldNames
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMappingFacts(MasterDataFacts):
    """A field mapping as a command leaves it."""

    field_mapping_id: str
    supplier_id: str | None
    retail_partner_id: str | None
    resource: str
    fields: dict[str, str]
    attribute_fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedDocument:
    """A document under a party's names, as JSON text: stored as anything else its members would lose their order."""

    document: str


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
