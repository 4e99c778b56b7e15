from django.urls import path

from apps.retail_partners.api.agreement_views import SupplyAgreementDetail, SupplyAgreements
from apps.retail_partners.api.views import RetailPartnerDetail, RetailPartners

urlpatterns = [
    path("retailPartners", RetailPartners.as_view()),
    path("retailPartners/<str:retail_partner_id>", RetailPartnerDetail.as_view()),
    path("supplyAgreements", SupplyAgreements.as_view()),
    path("supplyAgreements/<str:agreement_id>", SupplyAgreementDetail.as_view()),
]
