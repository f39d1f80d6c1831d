"""Menus whose prices and other amounts bite."""

from __future__ import annotations

from random import Random

from pipeline.money import CURRENCIES
from pipeline.stress.registry import MENUS, Json, StressMenu, dish, group, menu, option, restaurant, stress_menu


@stress_menu
def free_dishes(random: Random) -> Json:
    """Prices of 0, on dishes, options and channels."""
    free = dish(2, price="0.00", prices={"delivery": "0"}, modifier_groups=["group-1"])
    return menu(dish(1, price="0"), free, modifier_groups=[group(1, option(1, price="0"), option(2, price="0"))])


@stress_menu
def odd_amounts(random: Random) -> Json:
    """Prices of many digits, taxes of 0 and 100 percent, a deposit of 0, no calories."""
    items = [
        dish(1, price="0.01", tax_rate="0", deposit="0"),
        dish(2, price="99999.99", tax_rate="100"),
        dish(3, price="12.345", tax_rate="8.8755"),
        dish(4, price="100", calories=0),
        dish(5, price="7.9999", nutrition={"fat": "0", "salt": "0.0001"}),
    ]
    return menu(*items)


def _currency(places: int) -> None:
    code = next(code for code, minor in CURRENCIES.items() if minor == places)

    def make(random: Random) -> Json:
        prices = ["1", "10.5", "1234567.8912"]
        items = [dish(number, price=price, modifier_groups=["group-1"]) for number, price in enumerate(prices)]
        return menu(*items, restaurant=restaurant(currency=code), modifier_groups=[group(1)])

    name = f"{places} decimals"
    MENUS[name] = StressMenu(name, f"Prices in {code}, whose minor unit has {places} decimals.", make)


for _places in sorted(set(CURRENCIES.values())):
    _currency(_places)
