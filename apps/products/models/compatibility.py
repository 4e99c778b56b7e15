from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from apps.products.models.product import Product
from apps.tenancy.models import TenantOwned

FIRST_YEAR = 1885
LAST_YEAR = 2100
_YEARS = Func(F("year_from"), F("year_to"), Value("[]"), function="int4range")


class Compatibility(TenantOwned):
    """A vehicle that a product fits, in model years from one to another, both included.

    A row is created and deleted, never changed. The keys are what searches compare (`apps.core.spelling`); an engine
    that nobody named fits every engine, and its key is empty.
    """

    id = models.UUIDField(primary_key=True)
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    make = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
    year_from = models.IntegerField()
    year_to = models.IntegerField()
    engine = models.CharField(max_length=100, null=True)
    trim = models.CharField(max_length=100, null=True)
    position = models.CharField(max_length=100, null=True)
    notes = models.CharField(max_length=1000, null=True)
    make_key = models.CharField(max_length=100, db_collation="C")
    model_key = models.CharField(max_length=100, db_collation="C")
    engine_key = models.CharField(max_length=100, db_collation="C")
    # Of the product and the whole vehicle, trim and position too: of fixed length, because the constraint compares it.
    vehicle_key = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "compatibility"
        indexes = [
            # Equalities and comparisons of whole numbers only: behind row level security the operators of ranges,
            # which may leak what they compare, use no index.
            models.Index(
                fields=["tenant", "make_key", "model_key", "year_from"],
                include=["year_to", "engine_key", "product"],
                name="compatibility_by_vehicle",
            ),
            models.Index(fields=["tenant", "product", "vehicle_key"], name="compatibility_of_a_product"),
        ]
        constraints = [
            ExclusionConstraint(
                name="compatibility_years_do_not_overlap",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    ("vehicle_key", RangeOperators.EQUAL),
                    (_YEARS, RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="compatibility_years_are_in_order",
                condition=Q(year_from__gte=FIRST_YEAR, year_to__lte=LAST_YEAR, year_to__gte=F("year_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} fits {self.make} {self.model} {self.year_from}-{self.year_to}"
