from typing import Annotated

import msgspec

from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.bodies import Body, Code, MomentText, View
from apps.core.ids import encode_id
from apps.core.spelling import spelled
from apps.products.models import Compatibility
from apps.products.models.compatibility import FIRST_YEAR, LAST_YEAR
from apps.products.queries.compatibility import compatibility_facts
from apps.products.types import COMPATIBILITY_PREFIX, CompatibilityAdded, CompatibilityFacts, Fitment

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*(?!\n)$"
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=_PRINTABLE)]
Year = Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR, description="A model year; both ends are included.")]
Engine = Annotated[Word, msgspec.Meta(description="`2.5 L` and `2.5L` are the same; without one, every engine.")]
Notes = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
FixedVersion = Annotated[int, msgspec.Meta(description="Always 1: it never changes.")]
CompatibilityFile = Annotated[
    str,
    msgspec.Meta(
        description=(
            "CSV (RFC 4180) in UTF-8. The first line names the columns: `productId`, `make`, `model`, `yearFrom`, "
            "`yearTo` and, as needed, `engine`, `trim`, `position`, `notes`. An empty cell says nothing."
        )
    ),
]


class VehicleBody(Body):
    make: Word
    model: Word
    year_from: Year
    year_to: Year
    engine: Engine | None = None
    trim: Word | None = None
    position: Annotated[Word, msgspec.Meta(description="Where on the vehicle, such as `front`.")] | None = None
    notes: Notes | None = None


class CompatibilityLine(VehicleBody, kw_only=True):
    """One line of a file."""

    product_id: Code


class CompatibilityCreate(Body):
    items: Annotated[list[VehicleBody], msgspec.Meta(min_length=1, max_length=1000)]


class CompatibilityView(View):
    """A vehicle that a product fits, in the model years from one to the other."""

    compatibility_id: str
    product_id: str
    make: str
    model: str
    year_from: int
    year_to: int
    engine: str | None
    trim: str | None
    position: str | None
    notes: str | None
    version: FixedVersion
    created_at: MomentText


class CompatibilityPage(View):
    data: list[CompatibilityView]
    next_page_token: str | None


class CompatibilityAddedView(View):
    """The vehicles that were added, in the order of the request."""

    data: list[CompatibilityView]


class CompatibilityImportedView(View):
    """What a file came to."""

    imported: Annotated[int, msgspec.Meta(description="Vehicles that were added.")]
    unchanged: Annotated[int, msgspec.Meta(description="Lines whose vehicles were there already.")]


def fitment_of(body: VehicleBody, product_id: str, *, pointer: str) -> Fitment:
    """Return a vehicle as the commands take it.

    Raises ValidationFailed for years that are not in order, and for a word that is nothing but space, of whatever kind.
    """
    for name, word in (("make", body.make), ("model", body.model), ("engine", body.engine)):
        if word is not None and not spelled(word):
            detail = "This is nothing but space."
            error = FieldError(code="invalid", detail=detail, pointer=f"{pointer}/{name}")
            raise ValidationFailed(detail, errors=[error])
    if body.year_to < body.year_from:
        detail = "yearTo lies before yearFrom."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=f"{pointer}/yearTo")])
    return Fitment(
        product_id=product_id,
        make=body.make,
        model=body.model,
        year_from=body.year_from,
        year_to=body.year_to,
        engine=body.engine,
        trim=body.trim,
        position=body.position,
        notes=body.notes,
        pointer=pointer,
    )


def rendered_compatibility(facts: CompatibilityFacts) -> CompatibilityView:
    """Return a vehicle that a product fits as /v1 shows it."""
    return CompatibilityView(
        compatibility_id=encode_id(COMPATIBILITY_PREFIX, facts.id),
        product_id=facts.product_id,
        make=facts.make,
        model=facts.model,
        year_from=facts.year_from,
        year_to=facts.year_to,
        engine=facts.engine,
        trim=facts.trim,
        position=facts.position,
        notes=facts.notes,
        version=facts.version,
        created_at=facts.created_at,
    )


def rendered_compatibility_row(row: Compatibility) -> CompatibilityView:
    """Return a row as /v1 shows it."""
    return rendered_compatibility(compatibility_facts(row))


def rendered_added(facts: CompatibilityAdded) -> CompatibilityAddedView:
    """Return what was added as /v1 shows it."""
    return CompatibilityAddedView(data=[rendered_compatibility(each) for each in facts.added])
