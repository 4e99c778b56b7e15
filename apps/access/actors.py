"""Who did something: the name behind the `application_id` that ledger and reservations carry."""

from django.db.models import Case, CharField, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from apps.access.models import Application
from apps.tenancy.models import User


def actor_name(column: str = "application_id") -> Case:
    """Return the name as an expression of a row: a person's (minus the user's id), a client's, or the system's (0)."""
    person = User.objects.filter(pk=OuterRef(column) * Value(-1)).values("username")
    client = Application.objects.filter(pk=OuterRef(column)).values("name")
    unknown = Value("unknown")
    return Case(
        When(**{f"{column}__lt": 0}, then=Coalesce(Subquery(person), unknown)),
        When(**{f"{column}__gt": 0}, then=Coalesce(Subquery(client), unknown)),
        default=Value("system"),
        output_field=CharField(),
    )
