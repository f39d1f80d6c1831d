"""Which decimals an amount of a menu can be."""

from __future__ import annotations

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, localcontext
from itertools import chain
from typing import Any

from pipeline.menu import Item, Menu, Option, Size
from pipeline.money import CURRENCIES
from pipeline.reading.limits import MAX_DIGITS, MAX_PLACES, MAX_PRICE
from pipeline.reading.problems import Problems, record_of, shown
from pipeline.reading.shapes import Shape, shape_of

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


def all_written_plainly(document: dict[str, Any]) -> bool:
    """Tell whether every amount of a menu's plain values that is a text is written plainly; their forms are right."""
    found: list[Any] = []
    waiting: list[tuple[Shape, list[dict[str, Any]]]] = [(shape_of(Menu), [document])]
    while waiting:
        shape, records = waiting.pop()
        for name in shape.amounts:
            found += [record[name] for record in records if name in record]
        for name in shape.amounts_by_key:
            found += [amount for record in records if record.get(name) for amount in record[name].values()]
        for name, inner in shape.records_inside.items():
            held = [record[name] for record in records if record.get(name)]
            if held:
                waiting.append((inner, list(chain.from_iterable(held)) if isinstance(held[0], list) else held))
    texts = [amount for amount in found if isinstance(amount, str)]
    return _PLAIN_LINES.fullmatch("".join([f"{text}\n" for text in texts])) is not None


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


def amounts(menu: Menu) -> list[Decimal]:
    """Give every amount of a menu, in no order."""
    items = menu.items
    options = [option for group in menu.modifier_groups for option in group.options]
    found = [item.price for item in items]
    found += [option.price for option in options]
    dishes_and_options: list[Item | Option] = [*items, *options]
    for priced in dishes_and_options:
        if priced.prices:
            found += priced.prices.values()
        if priced.tax_rate is not None:
            found.append(priced.tax_rate)
        if priced.deposit is not None:
            found.append(priced.deposit)
    for item in items:
        if item.nutrition:
            found += item.nutrition.values()
        for size in item.sizes:
            found.append(size.price)
            found += size.prices.values()
    return found


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


def all_fine(found: list[Decimal]) -> bool:
    """Tell whether no amount has a fault; an amount with needless zeros may be suspected wrongly."""
    if any(map(Decimal.is_signed, found)):
        return False
    places_written = finest(found)
    return places_written is not None and places_written <= MAX_PLACES and max(found, default=_ZERO) <= MAX_PRICE


def tell_rounding(menu: Menu, problems: Problems) -> None:
    """State it where prices have more decimal places than their currency has."""
    minor = CURRENCIES.get(menu.restaurant.currency)
    if minor is None:
        return
    options = [option for group in menu.modifier_groups for option in group.options]
    every: tuple[list[Item] | list[Option], ...] = (menu.items, options)
    prices = [record.price for records in every for record in records]
    prices += [price for records in every for record in records if record.prices for price in record.prices.values()]
    prices += [price for item in menu.items if item.sizes for size in item.sizes for price in _of_size(size)]
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
