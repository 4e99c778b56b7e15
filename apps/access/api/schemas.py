"""Parts of bodies that several resources share."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.http.bodies import Body, Text, View

Status = Annotated[Literal["active", "archived"], msgspec.Meta(title="Status")]
CountryCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}(?!\n)$", description="ISO 3166-1 alpha-2.")]


class Contact(Body):
    """Whom to reach."""

    name: Text | None = None
    email: Text | None = None
    phone: Text | None = None


class ContactChange(Body):
    """What changes of a contact; null removes."""

    name: Text | None | UnsetType = UNSET
    email: Text | None | UnsetType = UNSET
    phone: Text | None | UnsetType = UNSET


class ContactView(View):
    """Whom to reach; every member is there, null where unknown."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Address(Body):
    """Where something is."""

    street: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country_code: CountryCode | None = None


class AddressChange(Body):
    """What changes of an address; null removes."""

    street: Text | None | UnsetType = UNSET
    city: Text | None | UnsetType = UNSET
    region: Text | None | UnsetType = UNSET
    postal_code: Text | None | UnsetType = UNSET
    country_code: CountryCode | None | UnsetType = UNSET


class AddressView(View):
    """Where something is; every member is there, null where unknown."""

    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
