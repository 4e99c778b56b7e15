"""What a retail partner is offered, and on which terms, by its agreements in force."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.core.context import PartyType, Principal
from apps.inventory.types import OfferTerms
from apps.retail_partners.queries import agreements_in_force


@dataclass(frozen=True, slots=True)
class Offers:
    """The agreements of a retail partner; nobody else's readings need any."""

    agreed: dict[tuple[str, str | None], int] = field(default_factory=dict)
    channel: str | None = None

    def of(self, supplier_id: str, product_id: str) -> OfferTerms | None:
        """Return the terms of an item; None where no agreement covers it. What one agreement allows is allowed."""
        days = [self.agreed[key] for key in ((supplier_id, None), (supplier_id, product_id)) if key in self.agreed]
        return OfferTerms(shelf_life_days=min(days), channel=self.channel) if days else None


def offers_to(reader: Principal, now: datetime) -> Offers:
    """Return what the reader is offered at a moment."""
    if reader.party is not PartyType.RETAIL_PARTNER:
        return Offers()
    rows = agreements_in_force(reader.tenant_id, reader.party_id, on=now.date()).values_list(
        "supplier_id", "product_id", "minimum_shelf_life_days", "retail_partner__channel"
    )
    agreed: dict[tuple[str, str | None], int] = {}
    channel = None
    for supplier, product, days, channel in rows:  # noqa: B007 -- the same channel in every row
        agreed[supplier, product] = min(days or 0, agreed.get((supplier, product), days or 0))
    return Offers(agreed, channel)
