"""Currencies and exact amounts.

Amounts are :class:`~decimal.Decimal` in the currency's main unit (12.99) or whole minor units
(1299); binary floats never hold money. Halves round away from zero everywhere, as tills do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from types import MappingProxyType
from typing import Literal

EXACT = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero])
"""For arithmetic on amounts: 60 digits, so that nothing a menu can hold is rounded on the way."""

# ISO 4217 list one, edition of 2026-01-01: active currencies and funds by their minor units.
# Metals, test and bond-market codes (XAU, XTS, XXX, ...) have no minor unit and are left out.
_CODES_BY_MINOR_UNITS: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
        "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
        "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
        "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG "
        "YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCIES: Mapping[str, int] = MappingProxyType(
    {code: places for places, codes in _CODES_BY_MINOR_UNITS.items() for code in codes.split()}
)
"""ISO 4217 code to the number of decimal places of its minor unit."""


class UnknownCurrency(KeyError):
    """A code that ISO 4217 does not list as active."""

    def __init__(self, code: object) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"{str(self.code)[:20]!r} is not an ISO 4217 currency code, such as USD or EUR"


def is_currency(code: object) -> bool:
    """Tell whether ``code`` is an active ISO 4217 code, in capital letters."""
    return isinstance(code, str) and code in CURRENCIES


def minor_units(currency: str) -> int:
    """Give a currency's decimal places; raises :class:`UnknownCurrency` (a KeyError).

    >>> minor_units("USD"), minor_units("JPY"), minor_units("BHD")
    (2, 0, 3)
    """
    try:
        return CURRENCIES[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(currency) from None


def round_half_up(amount: Decimal, places: int) -> Decimal:
    """Give ``amount`` with exactly ``places`` decimal places, halves away from zero.

    Raises ValueError for what is no number (NaN, infinity) or has more than 60 digits.

    >>> round_half_up(Decimal("2.675"), 2)
    Decimal('2.68')
    """
    try:
        if amount.is_finite():
            return amount.quantize(Decimal((0, (1,), -places)), rounding=ROUND_HALF_UP, context=EXACT)
    except InvalidOperation:
        pass
    raise ValueError(f"{str(amount)[:40]} is not an amount that can be rounded to {places} decimal places")


def to_minor(amount: Decimal, places: int) -> int:
    """Give an amount in whole minor units, exactly, halves away from zero; raises as :func:`round_half_up`.

    >>> to_minor(Decimal("12.99"), 2), to_minor(Decimal("0.0005"), 3)
    (1299, 1)
    """
    return int(round_half_up(amount, places).scaleb(places, context=EXACT))


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round an amount half up to its currency's minor unit; raises :class:`UnknownCurrency` and ValueError.

    >>> quantize(Decimal("9.995"), "EUR"), quantize(Decimal("9.5"), "JPY")
    (Decimal('10.00'), Decimal('10'))
    """
    return round_half_up(amount, minor_units(currency))


Direction = Literal["nearest", "up", "down"]
"""Where a price between two steps goes."""

_ROUNDINGS: Mapping[Direction, str] = MappingProxyType(
    {"nearest": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
)
# More digits than this are no price; the trap makes sure that none is ever rounded unseen.
_STEPPING = Context(prec=120, Emax=999, Emin=-999, traps=[InvalidOperation, Inexact, Overflow])
# A quotient is only needed to its whole part, so its endless fraction may be cut.
_DIVISION = Context(prec=200, Emax=999, Emin=-999, traps=[InvalidOperation, Overflow])


@dataclass(frozen=True, slots=True)
class Steps:
    """What prices are rounded to: multiples of ``to``, each less ``minus``, for endings such as .99.

    Zero stays zero, and no price becomes it. Raises ValueError where ``minus`` is negative or not below ``to``.
    """

    to: Decimal
    minus: Decimal = Decimal(0)
    direction: Direction = "nearest"

    def __post_init__(self) -> None:
        if not 0 <= self.minus < self.to:
            raise ValueError(f"{self.minus} is not from 0 to below {self.to}")

    def rounded(self, amount: Decimal) -> Decimal:
        """Give the step of an amount; raises ArithmeticError for one of over 100 digits.

        >>> Steps(Decimal("0.10"), Decimal("0.01")).rounded(Decimal("12.33"))
        Decimal('12.29')
        """
        if not amount:
            return amount
        least = _STEPPING.subtract(self.to, self.minus)
        quotient = _DIVISION.divide(_STEPPING.add(amount.copy_abs(), self.minus), self.to)
        steps = quotient.to_integral_value(rounding=_ROUNDINGS[self.direction])
        exact = max(_STEPPING.subtract(_STEPPING.multiply(steps, self.to), self.minus), least)
        return exact if amount > 0 else exact.copy_negate()
