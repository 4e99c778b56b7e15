"""What is said of a product for people who show and keep it: pictures, and how it is stored."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.bodies import Body, View
from apps.products.api.addresses import HttpsUrl
from apps.products.types import StoredImage

_MAX_IMAGES = 50
AltText = Annotated[str, msgspec.Meta(max_length=255, description="What the picture shows, in words.")]
Position = Annotated[
    int,
    msgspec.Meta(
        ge=1, le=1000, description="Its place among the pictures, each once; those without one come behind, as sent."
    ),
]
Temperature = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,2})?(?!\n)$", description="Degrees Celsius, a decimal number as text."
    ),
]
Humidity = Annotated[int, msgspec.Meta(ge=0, le=100, description="Relative humidity in percent.")]
HazardClass = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[1-9](\.[1-6])?[A-S]?(?!\n)$",
        description="UN class or division of dangerous goods: `3`, `2.1`, `1.4S`.",
    ),
]
KeepingNotes = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Image(Body):
    """A picture."""

    url: HttpsUrl
    alt: AltText | None = None
    position: Position | None = None


class ImageView(View):
    """A picture; every member is there, null where unknown."""

    url: str
    alt: str | None = None
    position: int | None = None


Images = Annotated[list[Image], msgspec.Meta(max_length=_MAX_IMAGES, description="Pictures, the main one first.")]


class StorageConditions(Body):
    """How a product is to be kept."""

    temperature_minimum: Temperature | None = None
    temperature_maximum: Temperature | None = None
    humidity_maximum: Humidity | None = None
    hazard_class: HazardClass | None = None
    notes: KeepingNotes | None = None


class StorageConditionsChange(Body):
    """What changes of how a product is to be kept; null removes."""

    temperature_minimum: Temperature | None | UnsetType = UNSET
    temperature_maximum: Temperature | None | UnsetType = UNSET
    humidity_maximum: Humidity | None | UnsetType = UNSET
    hazard_class: HazardClass | None | UnsetType = UNSET
    notes: KeepingNotes | None | UnsetType = UNSET


class StorageConditionsView(View):
    """How a product is to be kept; every member is there, null where nobody said."""

    temperature_minimum: str | None = None
    temperature_maximum: str | None = None
    humidity_maximum: int | None = None
    hazard_class: str | None = None
    notes: str | None = None


def images_in_order(images: Sequence[Image]) -> list[dict[str, Any]]:
    """Return pictures as they are stored. Raises ValidationFailed for a position that is taken."""
    taken: set[int] = set()
    for index, image in enumerate(images):
        if image.position in taken:
            detail = "Another picture has this position."
            error = FieldError(code="duplicate", detail=detail, pointer=f"#/images/{index}/position")
            raise ValidationFailed(detail, errors=[error])
        if image.position is not None:
            taken.add(image.position)
    ordered = sorted(images, key=lambda image: (image.position is None, image.position or 0))
    return [msgspec.to_builtins(image) for image in ordered]


def with_members(stored: StoredImage) -> dict[str, Any]:
    """Return a picture as it is stored today: one from before pictures had words was its address alone."""
    return {"url": stored} if isinstance(stored, str) else stored
