"""Currencies and exact amounts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.money import CURRENCIES, UnknownCurrency, is_currency, minor_units, quantize, round_half_up, to_minor

amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)


@pytest.mark.parametrize(
    ("code", "places"),
    [
        ("USD", 2),
        ("EUR", 2),
        ("HUF", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("BHD", 3),
        ("KWD", 3),
        ("CLF", 4),
        ("ISK", 0),
        ("XCG", 2),
    ],
)
def test_places_are_those_of_iso_4217(code: str, places: int) -> None:
    assert minor_units(code) == CURRENCIES[code] == places


def test_codes_are_three_capital_letters_and_the_list_is_whole() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert len(CURRENCIES) == 17 + 139 + 7 + 2


@pytest.mark.parametrize("code", ["XXX", "usd", "", "US Dollar", "DEM", "HRK", None, ["EUR"], 978])
def test_an_unknown_code_is_named(code: object) -> None:
    assert not is_currency(code)
    with pytest.raises(KeyError) as raised:
        minor_units(code)  # type: ignore[arg-type]
    assert isinstance(raised.value, UnknownCurrency)
    assert str(raised.value) == f"{str(code)!r} is not an ISO 4217 currency code, such as USD or EUR"


@given(amounts, st.integers(0, 4))
def test_to_minor_is_the_nearest_whole_number_halves_away_from_zero(amount: Decimal, places: int) -> None:
    exact = Fraction(amount) * 10**places
    floor = abs(exact).__floor__()
    expected = floor + (abs(exact) - floor >= Fraction(1, 2))
    assert to_minor(amount, places) == (expected if amount >= 0 else -expected)


@given(amounts, st.sampled_from(sorted(CURRENCIES)))
def test_quantize_has_exactly_the_minor_unit(amount: Decimal, currency: str) -> None:
    rounded = quantize(amount, currency)
    assert rounded.as_tuple().exponent == -CURRENCIES[currency]
    assert quantize(rounded, currency) == rounded
    assert abs(rounded - amount) <= Decimal(1).scaleb(-CURRENCIES[currency]) / 2


def test_the_callers_decimal_context_does_not_matter() -> None:
    with localcontext() as context:
        context.prec = 3
        assert to_minor(Decimal("123456.785"), 2) == 12345679
        assert quantize(Decimal("123456.785"), "USD") == Decimal("123456.79")
    assert Decimal("2.5").quantize(Decimal(1), rounding=ROUND_HALF_UP) == to_minor(Decimal("2.5"), 0)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+100", "1E+999999999", "9" * 61])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount that can be rounded to 2 decimal places"):
        round_half_up(Decimal(text), 2)
    with pytest.raises(ValueError, match="is not an amount"):
        to_minor(Decimal(text), 2)


def test_tiny_fractions_vanish_exactly() -> None:
    assert to_minor(Decimal("1E-999999"), 4) == 0
    assert to_minor(Decimal("-0.0"), 2) == 0
