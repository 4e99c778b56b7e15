"""Money in bodies: `{"amount": "50.00", "currencyCode": "USD"}`."""

from typing import Annotated

import msgspec

from apps.core.http.bodies import Body, View

# Twelve digits before the point; how many may stand behind it is the currency's to say.
Amount = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?(?!\n)$",
        description="An exact decimal, with no more places than the currency's minor unit has.",
    ),
]
CurrencyCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}(?!\n)$", description="ISO 4217.")]


class Money(Body):
    """An amount of a currency."""

    amount: Amount
    currency_code: CurrencyCode


class MoneyView(View):
    """An amount of a currency, with as many decimal places as the currency has."""

    amount: str
    currency_code: str
