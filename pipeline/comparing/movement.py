"""How far a menu moved as a whole: dishes lost, prices jumped. A guard against publishing a broken menu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from pipeline.shaping.views import MenuView

MOST_LOST = Decimal("0.5")
"""More than this share of the dishes lost is no usual change."""
LOWEST_RATIO, HIGHEST_RATIO = Decimal("0.5"), Decimal(2)
"""Prices that halve or double as a whole, or more, are no usual change."""
FEWEST_PRICES = 3
"""With fewer prices in both menus nothing is said of prices as a whole."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What two menus have in common, by item id.

    ``lost_share`` is the share of the old dishes that are gone. ``price_ratio`` is the median of new
    over old price, over dishes in both whose prices are above zero; null where there are too few.
    """

    items_before: int
    items_after: int
    lost: int
    lost_share: Decimal
    compared_prices: int
    price_ratio: Decimal | None

    @property
    def empty(self) -> bool:
        """Tell whether no dish is left."""
        return self.items_after == 0

    @property
    def lost_too_many(self) -> bool:
        """Tell whether over half of the dishes are gone."""
        return self.lost_share > MOST_LOST

    @property
    def prices_jumped(self) -> bool:
        """Tell whether prices as a whole halved or doubled, or more."""
        return self.price_ratio is not None and not LOWEST_RATIO < self.price_ratio < HIGHEST_RATIO

    @property
    def suspicious(self) -> bool:
        """Tell whether a person should look before this is published."""
        return self.empty or self.lost_too_many or self.prices_jumped

    def reasons(self) -> tuple[str, ...]:
        """Say in sentences what is suspicious; nothing where nothing is."""
        found = []
        if self.empty:
            found.append(f"The menu has no dishes; before, it had {self.items_before}.")
        elif self.lost_too_many:
            found.append(f"{self.lost} of {self.items_before} dishes are gone.")
        if self.prices_jumped:
            assert self.price_ratio is not None
            percent = (self.price_ratio - 1) * 100
            found.append(f"Prices as a whole changed by {percent:+.0f} %.")
        return tuple(found)

    def data(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {
            "items_before": self.items_before,
            "items_after": self.items_after,
            "lost": self.lost,
            "lost_share": round(self.lost_share, 4),
            "compared_prices": self.compared_prices,
            "price_ratio": None if self.price_ratio is None else round(self.price_ratio, 4),
            "suspicious": self.suspicious,
            "reasons": list(self.reasons()),
        }


def measure(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> Movement:
    """Measure two menus, given as item ids with prices (see :func:`prices_of`).

    >>> was = {"a": Decimal(4), "b": Decimal(6), "c": Decimal(8)}
    >>> measure(was, {"a": Decimal("2.00"), "b": Decimal("3.00"), "c": Decimal("4.00")}).reasons()
    ('Prices as a whole changed by -50 %.',)
    >>> measure(was, {"a": Decimal(4)}).reasons()
    ('2 of 3 dishes are gone.',)
    """
    kept = before.keys() & after.keys()
    lost = len(before) - len(kept)
    ratios = [after[key] / before[key] for key in kept if before[key] > 0 and after[key] > 0]
    return Movement(
        items_before=len(before),
        items_after=len(after),
        lost=lost,
        lost_share=Decimal(lost) / len(before) if before else Decimal(0),
        compared_prices=len(ratios),
        price_ratio=median(ratios) if len(ratios) >= FEWEST_PRICES else None,
    )


def prices_of(menu: MenuView) -> dict[str, Decimal]:
    """Give a shaped menu's dishes with their prices on the platform."""
    return {item.item_id: item.price for item in menu.items}
