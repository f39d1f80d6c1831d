"""The registry of stress menus, and the small pieces that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from pipeline.menu import DAYS

Json = dict[str, Any]
Make = Callable[[Random], Json]


@dataclass(frozen=True, slots=True)
class StressMenu:
    """One difficulty; ``about`` says what bites."""

    name: str
    about: str
    make: Make


MENUS: dict[str, StressMenu] = {}
"""All menus by name, in the order in which they are tried."""


def stress_menu(make: Make) -> Make:
    """Register a menu: its name and its docstring are the function's."""
    name = make.__name__.replace("_", " ")
    MENUS[name] = StressMenu(name, (make.__doc__ or "").strip(), make)
    return make


def window(day: str, start: str, end: str) -> Json:
    """Give one weekly period."""
    return {"day": day, "start": start, "end": end}


def restaurant(**fields: Any) -> Json:
    """Give a restaurant that is open every day."""
    return {
        "restaurant_id": "rest_stress",
        "name": "Stress Kitchen",
        "currency": "USD",
        "locale": "en-US",
        "timezone": "America/New_York",
        "hours": [window(day, "11:00", "22:00") for day in DAYS],
        **fields,
    }


def dish(number: int, **fields: Any) -> Json:
    """Give a dish."""
    return {
        "item_id": f"item-{number}",
        "name": f"Dish {number}",
        "category": "cat-1",
        "price": f"{number % 90 + 1}.{number % 100:02}",
        **fields,
    }


def group(number: int, *options: Json, **fields: Any) -> Json:
    """Give a modifier group; without options it has two."""
    given = list(options) or [option(1), option(2)]
    return {"modifier_group_id": f"group-{number}", "name": f"Group {number}", "options": given, **fields}


def option(number: int, **fields: Any) -> Json:
    """Give an option."""
    return {"option_id": f"option-{number}", "name": f"Option {number}", "price": f"0.{number % 100:02}", **fields}


def menu(*items: Json, **parts: Any) -> Json:
    """Give a menu of one category; ``parts`` are further lists, or others in place of these."""
    return {
        "restaurant": restaurant(),
        "categories": [{"category_id": "cat-1", "name": "Dishes"}],
        "items": list(items),
        "modifier_groups": [],
        **parts,
    }
