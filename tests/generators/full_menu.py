"""One menu that has everything an internal menu can hold; always the same, and no two values equal.

A value that turns up in the wrong place, or twice, is seen at once. Where platforms demand equal
values (free choices of one price), they are equal, and said so. Run as a program it writes
``mappings/examples/menus/everything.json``.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FILE = Path(__file__).resolve().parents[2] / "mappings" / "examples" / "menus" / "everything.json"
LEVELS = 6


class Numbers:
    """Amounts that never repeat."""

    def __init__(self) -> None:
        self.cents = 0
        self.kilocalories = 100

    def price(self, base: int = 0) -> str:
        """Give a price of at least ``base`` units."""
        self.cents += 1
        return str(Decimal(base) + Decimal(self.cents).scaleb(-2))

    def calories(self) -> int:
        """Give a number of calories."""
        self.kilocalories += 7
        return self.kilocalories


def texts(name: str, description: str) -> Json:
    """Give a name and a description, in the menu's language and two others."""
    return {
        "name": name,
        "description": description,
        "translations": {
            "es": {"name": f"{name} (es)", "description": f"{description} (es)"},
            "zh-Hant": {"name": f"{name} (繁)", "description": f"{description} (繁)"},
        },
    }


def window(day: str, start: str, end: str) -> Json:
    """Give one weekly period."""
    return {"day": day, "start": start, "end": end}


def full_menu() -> Json:
    """Make the menu."""
    numbers = Numbers()
    return {
        "version": "2026-02-01T08:00:00Z",
        "restaurant": restaurant(),
        "categories": categories(),
        "items": items(numbers),
        "modifier_groups": groups(numbers),
    }


def restaurant() -> Json:
    """Give the restaurant: a closed day, a split day, two nights, a whole day, and special dates."""
    return {
        "restaurant_id": "rest_everything",
        **texts("The Everything Kitchen", "One of each"),
        "currency": "USD",
        "locale": "en-US",
        "timezone": "America/New_York",
        "phone": "+1 212 555 0100",
        "address": "1 Example Street, New York",
        "image_url": "https://images.example.com/kitchen.jpg",
        "hours": [
            window("monday", "10:05", "14:10"),
            window("monday", "16:15", "22:20"),
            window("tuesday", "10:25", "24:00"),
            window("thursday", "00:00", "24:00"),
            window("friday", "17:30", "02:35"),
            window("saturday", "18:40", "03:45"),
            window("sunday", "11:50", "21:55"),
        ],
        "special_hours": [
            {"date": "2031-07-04", "closed": True},
            {"date": "2031-11-27", "windows": [{"start": "12:01", "end": "15:02"}, {"start": "16:03", "end": "19:04"}]},
            {"date": "2031-12-31", "windows": [{"start": "20:06", "end": "01:07"}]},
        ],
    }


def categories() -> list[Json]:
    """Give a tree of three levels, with hours, a picture, a hidden one and an empty one."""
    return [
        {"category_id": "cat-mains", "display_order": 1, **texts("Mains", "Cooked to order")},
        {
            "category_id": "cat-pizza",
            "display_order": 2,
            "parent_category": "cat-mains",
            **texts("Pizza", "From stone"),
        },
        {
            "category_id": "cat-white",
            "display_order": 3,
            "parent_category": "cat-pizza",
            "image_url": "https://images.example.com/white-pizza.jpg",
            **texts("White Pizza", "Without tomato"),
        },
        {
            "category_id": "cat-breakfast",
            "display_order": 4,
            "hours": [window("monday", "10:06", "12:07"), window("saturday", "19:08", "01:09")],
            **texts("Breakfast", "Served early, and late on Saturdays"),
        },
        {"category_id": "cat-drinks", "display_order": 5, **texts("Drinks", "Cold and hot")},
        {"category_id": "cat-secret", "display_order": 6, "hidden": True, **texts("Secret", "Not for everybody")},
        {"category_id": "cat-empty", "display_order": 7, **texts("Seasonal", "Nothing at the moment")},
    ]


def items(numbers: Numbers) -> list[Json]:
    """Give the dishes, each with something of its own."""
    price, calories = numbers.price, numbers.calories
    return [
        {
            "item_id": "burger",
            **texts("Burger", "With <b>pickles</b> & onions"),
            "category": "cat-mains",
            "price": price(10),
            "prices": {"delivery": price(11), "pickup": price(12)},
            "image_url": "https://images.example.com/burger.jpg",
            "allergens": ["wheat", "milk", "sesame"],
            "dietary": ["halal"],
            "calories": calories(),
            "nutrition": {
                "fat": "30.5",
                "saturated_fat": "11.25",
                "carbohydrates": "45.75",
                "sugar": "8.125",
                "protein": "27.5",
                "salt": "2.4",
                "fibre": "3.6",
            },
            "is_alcohol": False,
            "tax_rate": "8.875",
            "modifier_groups": ["grp-side", "grp-sauce", "grp-level-1"],
            "display_order": 1,
            "spice_level": 3,
        },
        {
            "item_id": "platform-priced",
            **texts("Club Sandwich", "Priced by platform"),
            "category": "cat-mains",
            "price": price(20),
            "prices": {"doordash": price(21), "ubereats": price(22), "grubhub": price(23), "delivery": price(24)},
            "image_url": "https://images.example.com/club.png",
            "allergens": [],
            "dietary": [],
        },
        {
            "item_id": "margherita",
            **texts("Margherita", "Tomato, mozzarella, basil"),
            "category": "cat-pizza",
            "price": price(30),
            "image_url": "https://images.example.com/margherita.webp",
            "dietary": ["vegetarian", "gluten_free"],
            "tax_rate": "7.25",
            "sizes": [
                {
                    "size_id": "small",
                    "price": price(31),
                    "prices": {"pickup": price(26)},
                    "calories": calories(),
                    "is_default": True,
                    **_named("Small, 9 inch"),
                },
                {"size_id": "large", "price": price(35), "calories": calories(), **_named("Large, 14 inch")},
                {"size_id": "giant", "price": price(41), "availability": False, **_named("Giant, 20 inch")},
            ],
            "modifier_groups": ["grp-toppings"],
        },
        {
            "item_id": "bianca",
            **texts("Bianca", "Ricotta and rosemary"),
            "categories": ["cat-white", "cat-pizza"],
            "price": price(42),
            "dietary": ["vegan", "organic"],
            "hours": [window("tuesday", "11:10", "13:11"), window("friday", "18:12", "01:13")],
            "image_url": "https://images.example.com/pictures/bianca",
        },
        {
            "item_id": "pancakes",
            **texts("Pancakes", "With maple syrup"),
            "category": "cat-breakfast",
            "price": price(43),
            "availability": False,
            "sold_out_until": "2031-03-04T17:05:00-05:00",
            "image_url": "https://images.example.com/pancakes.jpg?size=large",
        },
        {
            "item_id": "omelette",
            **texts("Omelette", "Three eggs"),
            "category": "cat-breakfast",
            "price": price(44),
            "availability": False,
            "image_url": "https://images.example.com/omelette.gif",
            "dietary": ["kosher"],
        },
        {
            "item_id": "cola",
            **texts("Cola", "In a bottle"),
            "category": "cat-drinks",
            "price": price(3),
            "deposit": "0.15",
            "is_alcohol": False,
        },
        {
            "item_id": "lager",
            **texts("Lager", "From the tap"),
            "category": "cat-drinks",
            "price": price(6),
            "is_alcohol": True,
            "tax_rate": "10.5",
        },
        {
            "item_id": "lunch-deal",
            **texts("Lunch Deal", "A burger and two colas"),
            "category": "cat-mains",
            "price": price(45),
            "bundle": [{"item_id": "burger", "quantity": 1}, {"item_id": "cola", "quantity": 2}],
        },
        {
            "item_id": "staff-meal",
            **texts("Staff Meal", "Hidden"),
            "category": "cat-mains",
            "price": price(1),
            "hidden": True,
        },
    ]


def _named(name: str) -> Json:
    return {"name": name, "translations": {"es": {"name": f"{name} (es)"}, "zh-Hant": {"name": f"{name} (繁)"}}}


def groups(numbers: Numbers) -> list[Json]:
    """Give modifier groups of every kind, and a chain of groups six levels deep."""
    price, calories = numbers.price, numbers.calories
    free = price()  # the first two are free, so all must cost the same (UE-R9)
    spread = price()  # free up to a number, likewise
    return [
        {
            "modifier_group_id": "grp-side",
            **texts("Choose a side", "Exactly one"),
            "min_select": 1,
            "max_select": 1,
            "options": [
                {
                    "option_id": "fries",
                    **texts("Fries", "Crisp"),
                    "price": price(),
                    "prices": {"delivery": price(2), "pickup": price(1)},
                    "is_default": True,
                    "image_url": "https://images.example.com/fries.png",
                    "calories": calories(),
                    "tax_rate": "6.5",
                },
                {"option_id": "salad", **texts("Side Salad", "Green"), "price": price(2), "availability": False},
                {
                    "option_id": "slaw",
                    **texts("Slaw", "Creamy"),
                    "price": price(3),
                    "availability": False,
                    "sold_out_until": "2031-05-06T18:07:00-04:00",
                },
                {"option_id": "nothing", **texts("Nothing", "Hidden"), "price": "0", "hidden": True},
            ],
        },
        {
            "modifier_group_id": "grp-sauce",
            **texts("Sauces", "Two are free"),
            "min_select": 0,
            "max_select": 3,
            "free_select": 2,
            "options": [
                # The same id as in the group above, but another option.
                {"option_id": "fries", **texts("Fry Sauce", "Pink"), "price": free},
                {"option_id": "bbq", **texts("Barbecue Sauce", "Smoky"), "price": free},
                {"option_id": "mayo", **texts("Mayonnaise", "White"), "price": free, "is_alcohol": False},
            ],
        },
        {
            "modifier_group_id": "grp-toppings",
            **texts("Toppings", "As many as you like"),
            "min_select": 0,
            "options": [
                {
                    "option_id": "cheese",
                    **texts("Extra Cheese", "One is free"),
                    "price": spread,
                    "is_default": True,
                    "default_quantity": 2,
                    "max_quantity": 5,
                    "charge_above": 1,
                },
                {
                    "option_id": "grappa",
                    **texts("Grappa Glaze", "For grown-ups"),
                    "price": spread,
                    "max_quantity": 4,
                    "is_alcohol": True,
                    "deposit": "0.05",
                },
            ],
        },
        *(_level(level, numbers) for level in range(1, LEVELS + 1)),
    ]


def _level(level: int, numbers: Numbers) -> Json:
    deeper = {"modifier_groups": [f"grp-level-{level + 1}"]} if level < LEVELS else {}
    return {
        "modifier_group_id": f"grp-level-{level}",
        **texts(f"Level {level}", f"Question number {level}"),
        "min_select": 0,
        "max_select": 1,
        "options": [
            {"option_id": "deeper", **texts(f"Further {level}", f"Answer {level}"), "price": numbers.price(), **deeper},
            {"option_id": "stop", **texts(f"Stop {level}", f"End {level}"), "price": numbers.price()},
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(full_menu(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
