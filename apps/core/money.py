"""Money: an exact decimal and a currency (ISO 4217), never a float."""

from decimal import Decimal

from apps.core.errors import FieldError, ValidationFailed

# What a stored amount may have; a currency allows fewer places.
MAX_DIGITS = 16
MAX_PLACES = 4
_USUAL = 2
# ISO 4217, list one: currencies whose minor unit is not the hundredth.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_TEN_THOUSANDTHS = "CLF UYW"
_PLACES = {
    code: places for codes, places in ((_WHOLE, 0), (_THOUSANDTHS, 3), (_TEN_THOUSANDTHS, 4)) for code in codes.split()
}
# The others that are money; funds, metals and codes for tests are none.
_HUNDREDTHS = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
    CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
    KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
    NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_HUNDREDTHS.split()) | _PLACES.keys()


def minor_places(currency_code: str) -> int:
    """Return how many decimal places the currency's minor unit has."""
    return _PLACES.get(currency_code, _USUAL)


def checked_amount(amount: str, currency_code: str, *, pointer: str) -> Decimal:
    """Return an amount that was sent as text, exactly.

    Raises ValidationFailed, at the member of `pointer`, for a currency that is none and for a fraction of its minor
    unit.
    """
    if currency_code not in CURRENCIES:
        raise _refused("ISO 4217 has no such currency.", f"{pointer}/currencyCode")
    places = minor_places(currency_code)
    if len(amount.partition(".")[2]) > places:
        allowed = f"at most {places}" if places else "no"
        raise _refused(f"An amount in {currency_code} has {allowed} decimal places.", f"{pointer}/amount")
    return Decimal(amount)


def amount_text(amount: Decimal, currency_code: str) -> str:
    """Return an amount with as many decimal places as the currency has."""
    return f"{amount:.{minor_places(currency_code)}f}"


def _refused(detail: str, pointer: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
