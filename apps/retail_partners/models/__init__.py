from apps.retail_partners.models.retail_partner import RetailPartner
from apps.retail_partners.models.supply_agreement import SupplyAgreement

__all__ = ["RetailPartner", "SupplyAgreement"]
