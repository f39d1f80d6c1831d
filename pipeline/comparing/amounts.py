"""How a payload writes prices, seen from the prices that the mapping read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from statistics import median
from typing import Any

from pipeline.comparing.meanings import kind_of
from pipeline.comparing.portraits import Portraits
from pipeline.mapping.compiler.runtime import MISSING
from pipeline.money import CURRENCIES

ENOUGH = 200
"""So many prices are looked at."""
NEAR = 3
"""A markup makes less than this of a price."""


@dataclass(frozen=True, slots=True)
class Scale:
    """``factor`` times the price is what is sent; null where the payload's prices follow no such rule."""

    factor: int | None

    def amount(self, value: Any) -> Any:
        """Give what is sent as an amount of money; what is no price stays as it is."""
        number = _number(value)
        if self.factor is None or number is None:
            return value
        places = len(str(self.factor)) - 1
        return number.scaleb(-places)


def scale_of(portraits: Portraits, currency: str) -> Scale:
    """Find out whether prices are sent in the main unit, in minor units or in hundredths.

    A mapping may add a markup, so the factor is the one that is near, not the one that is exact.
    """
    ratios: list[Decimal] = []
    for portrait in portraits.by_identity.values():
        price = getattr(portrait.view, "price", None)
        if not isinstance(price, Decimal) or not price:
            continue
        for said in portrait.fields.values():
            number = _number(said.values[0]) if kind_of(said.meaning).code == "price" else None
            if number:
                ratios.append(number / price)
        if len(ratios) >= ENOUGH:
            break
    middle = median(ratios) if ratios else Decimal(0)
    factors = dict.fromkeys((1, 10 ** CURRENCIES.get(currency, 2), 100))
    return Scale(next((factor for factor in factors if factor / NEAR < middle < factor * NEAR), None))


def _number(value: Any) -> Decimal | None:
    if value is MISSING or value is None or isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
