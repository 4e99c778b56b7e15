from django.apps import AppConfig


class RetailPartnersConfig(AppConfig):
    name = "apps.retail_partners"
    verbose_name = "Retail partners"
