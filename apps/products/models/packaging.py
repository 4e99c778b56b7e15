from django.db import models
from django.db.models import Q

from apps.products.models.product import Product
from apps.tenancy.models import TenantOwned

MAX_FACTOR = 10**9


class Packaging(TenantOwned):
    """A unit in which a product is also counted: one of it is `numerator / denominator` base units, exactly.

    A row never changes, because stock was booked with its factor: it is created and deleted. Nothing refers to it,
    because everything that is booked counts base units.
    """

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    unit_of_measure = models.CharField(max_length=8, db_collation="C")
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    # 14 digits, whatever form the caller used.
    gtin = models.CharField(max_length=14, null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "packaging"
        verbose_name_plural = "packaging"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "product", "unit_of_measure"], name="packaging_unit_is_unique_in_its_product"
            ),
            models.UniqueConstraint(fields=["tenant", "gtin"], name="packaging_gtin_is_unique"),
            models.CheckConstraint(
                name="packaging_factor_is_positive",
                condition=Q(numerator__range=(1, MAX_FACTOR), denominator__range=(1, MAX_FACTOR)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.unit_of_measure}"
