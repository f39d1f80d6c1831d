"""Which decimals an amount of a menu can be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, localcontext
from itertools import chain
from typing import Any

from pipeline.menu import Item, Menu, Option, Size
from pipeline.money import CURRENCIES
from pipeline.reading.columns import column, filled, options_of
from pipeline.reading.limits import MAX_DIGITS, MAX_PLACES, MAX_PRICE
from pipeline.reading.problems import Problems, record_of, shown

_ZERO = Decimal(0)
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_PLAIN_LINES = re.compile(rf"(?:{_PLAIN.pattern}\n)*")
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])


def amount_of(value: Any) -> Decimal | None:
    """Give the exact decimal that a JSON value writes, or None; binary floats never come here.

    >>> amount_of("12.90"), amount_of(7), amount_of("abc")
    (Decimal('12.90'), Decimal('7'), None)
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, str) and (len(value) > MAX_DIGITS or not written_plainly(value)):
        return None
    return Decimal(value)


def written_plainly(text: str) -> bool:
    """Tell whether a text writes an amount with digits alone; Python's decimals take much that nobody means as a price.

    >>> written_plainly("-12.90"), written_plainly("1_000"), written_plainly("1e3"), written_plainly("+5")
    (True, False, False, False)
    """
    return _PLAIN.fullmatch(text) is not None


def fault(amount: Decimal) -> tuple[str, str] | None:
    """Give the kind of finding and the rest of its sentence, or None for an amount that can be.

    >>> fault(Decimal("12.99")), fault(Decimal("-1"))
    (None, ('menu-price-negative', 'is below zero'))
    """
    if not amount.is_finite():
        return "menu-price-not-a-number", "is not a number"
    if amount.is_signed():
        return "menu-price-negative", "is below zero"
    if amount > MAX_PRICE:
        return "menu-price-too-large", f"is more than {MAX_PRICE:,}, the largest amount that is read"
    if places(amount) > MAX_PLACES:
        return "menu-price-too-precise", f"has more than {MAX_PLACES} decimal places"
    return None


def places(amount: Decimal) -> int:
    """Count the decimal places that a finite amount needs; zeros at its end are none.

    >>> places(Decimal("9.90")), places(Decimal("1E+2"))
    (1, 0)
    """
    _, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    if exponent >= 0:
        return 0
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(-exponent - zeros, 0) if any(digits) else 0


def told(code_and_rest: tuple[str, str], field: str, value: Any) -> tuple[str, str, str]:
    """Give kind, sentence and hint for a value that is no amount."""
    code, rest = code_and_rest
    hint = "Correct it in the menu."
    if code == "menu-price-not-a-number":
        hint = 'Write a decimal with a point and no currency sign, such as "12.99".'
    return code, f"{field} {shown(value)} {rest}.", hint


def finest(found: list[Decimal]) -> int | None:
    """Give the most decimal places written in any of the amounts, or None where one is no usual number.

    An exact sum has as many places as the finest of its parts, and summing is much faster than asking each.

    >>> finest([Decimal("12.90"), Decimal("3")]), finest([Decimal("NaN")])
    (2, None)
    """
    with localcontext(_EXACT):
        try:
            exponent = sum(found, Decimal(0)).as_tuple().exponent
        except DecimalException:
            return None
    return -exponent if isinstance(exponent, int) else None


def all_fine(found: Sequence[Any]) -> bool:
    """Tell whether no amount of plain values has a fault; false may be wrong, as with needless zeros.

    >>> all_fine(["12.90", 3, None]), all_fine(["1e3"]), all_fine([Decimal("-0.0")])
    (True, False, False)
    """
    texts = [amount for amount in found if isinstance(amount, str)]
    if max(map(len, texts), default=0) > MAX_DIGITS:
        return False
    if _PLAIN_LINES.fullmatch("".join([f"{text}\n" for text in texts])) is None:
        return False
    amounts = [Decimal(amount) for amount in found if amount is not None]
    if any(map(Decimal.is_signed, amounts)):
        return False
    places_written = finest(amounts)
    return places_written is not None and places_written <= MAX_PLACES and max(amounts, default=_ZERO) <= MAX_PRICE


def tell_rounding(menu: Menu, problems: Problems) -> None:
    """State it where prices have more decimal places than their currency has."""
    minor = CURRENCIES.get(menu.restaurant.currency)
    if minor is None:
        return
    options = options_of(menu)
    priced: list[Item | Option | Size] = [*menu.items, *options, *chain.from_iterable(filled(menu.items, "sizes"))]
    prices: list[Decimal] = list(column(priced, "price"))
    for by_channel in filled(priced, "prices"):
        prices += by_channel.values()
    written = finest(prices)
    if written is not None and written <= minor:
        return
    exact = {price for price in prices if places(price) > minor}
    if not exact:
        return
    found = [record_of(item) for item in menu.items if not exact.isdisjoint(_of_item(item))]
    found += [record_of(option) for option in options if not exact.isdisjoint((option.price, *option.prices.values()))]
    than = f"more decimal places than {menu.restaurant.currency} has ({minor})"
    said = "1 record's price has" if len(found) == 1 else f"Prices of {len(found):,} records have"
    problems.collect("menu-price-rounded", f"{said} {than}; rounded half up.", found, "price")


def _of_size(size: Size) -> tuple[Decimal, ...]:
    return (size.price, *size.prices.values())


def _of_item(item: Item) -> tuple[Decimal, ...]:
    return (item.price, *item.prices.values(), *(price for size in item.sizes for price in _of_size(size)))
