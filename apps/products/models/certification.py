from django.db import models
from django.db.models import F, Q

from apps.products.models.product import Product
from apps.tenancy.models import MasterData


class Certification(MasterData):
    """A certificate of a product. Its status follows from the day, so none is stored."""

    EXPIRING = "expiring"
    EXPIRED = "expired"

    status = None  # type: ignore[assignment]  # Django's way to leave out what the base has
    attributes = None
    product = models.ForeignKey(Product, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    scheme = models.CharField(max_length=100)
    issuer = models.CharField(max_length=255)
    number = models.CharField(max_length=100)
    # Both days included, UTC; null: since ever, for ever.
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    document_url = models.CharField(max_length=2000, null=True)
    # What was told of its end: nothing, that it comes, that it came.
    told = models.CharField(max_length=8, default="", editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "product", "id"], name="certifications_of_a_product"),
            models.Index(
                fields=["tenant", "valid_to"],
                condition=Q(valid_to__isnull=False) & ~Q(told="expired"),
                name="certifications_to_tell_of",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "product", "scheme", "issuer", "number"],
                name="certification_is_unique_in_its_product",
            ),
            models.CheckConstraint(
                name="certification_ends_after_it_begins", condition=Q(valid_to__gte=F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.number} of {self.product_id}"
