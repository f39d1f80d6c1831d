"""Random menus of a seed: every optional field is there or not, by chance."""

from __future__ import annotations

from random import Random
from typing import Any

from pipeline.menu import DAYS
from pipeline.stress.registry import MENUS, Json, StressMenu, dish, group, menu, option, restaurant, window

HOW_MANY = 12
NAMES = ["Soup", "Käse & Brot", "餃子", "مندي", "חומוס", "Crème brûlée", "🍕", "A/B;C", "<b>x</b>", "  x  ", "'\"`{}[]"]
CLAIMS = ["milk", "Eier", "nuts", "stardust"]
DIETS = ["vegan", "vegetarisch", "halal", "tasty"]


def random_menu(random: Random) -> Json:
    """Give a menu."""
    groups = [_group(random, number) for number in range(1, random.randint(1, 5))]
    ids = [each["modifier_group_id"] for each in groups]
    for position, each in enumerate(groups):
        further = ids[position + 1 :]  # so that nothing leads back to itself
        for inner in each["options"]:
            inner["modifier_groups"] = random.sample(further, k=min(len(further), random.randint(0, 1)))
    categories = [_category(random, number) for number in range(1, random.randint(2, 5))]
    category_ids = [each["category_id"] for each in categories]
    items = [_dish(random, number, category_ids, ids) for number in range(random.randint(1, 9))]
    place = restaurant(
        currency=random.choice(["USD", "JPY", "BHD", "EUR", "HUF"]),
        locale=random.choice(["en-US", "de-DE", "ar-BH"]),
        **_some(random, {"description": _name(random), "special_hours": [{"date": "2031-12-25", "closed": True}]}),
    )
    return menu(*items, restaurant=place, categories=categories, modifier_groups=groups)


def _name(random: Random) -> str:
    return " ".join(random.choices(NAMES, k=random.randint(1, 3)))


def _hours(random: Random) -> list[Json]:
    def clock() -> str:
        return f"{random.randint(0, 23):02}:{random.choice([0, 15, 30, 45]):02}"

    return [window(random.choice(DAYS), clock(), clock()) for _ in range(random.randint(1, 4))]


def _price(random: Random) -> str:
    return f"{random.randint(0, 90)}.{random.randint(0, 99):02}"


def _some(random: Random, fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if random.random() < 0.5}


def _category(random: Random, number: int) -> Json:
    fields = _some(
        random, {"description": _name(random), "hours": _hours(random), "display_order": random.randint(-2, 2)}
    )
    parent = {"parent_category": f"cat-{random.randint(1, number - 1)}"} if number > 1 and random.random() < 0.4 else {}
    return {"category_id": f"cat-{number}", "name": _name(random), **fields, **parent}


def _group(random: Random, number: int) -> Json:
    options = [_option(random, place) for place in range(random.randint(1, 4))]
    least = random.randint(0, len(options))
    most = {"max_select": random.randint(max(least, 1), len(options) + 1)} if random.random() < 0.7 else {}
    return group(number, *options, name=_name(random), min_select=least, **most)


def _option(random: Random, number: int) -> Json:
    more = _some(
        random,
        {
            "description": _name(random),
            "availability": random.random() < 0.7,
            "is_default": random.random() < 0.3,
            "max_quantity": random.randint(2, 4),
            "prices": {"delivery": _price(random)},
            "calories": random.randint(0, 900),
            "image_url": "https://images.example.com/o.png",
            "is_alcohol": random.random() < 0.2,
            "tax_rate": "7",
        },
    )
    return option(number, name=_name(random), price=_price(random), **more)


def _dish(random: Random, number: int, categories: list[str], groups: list[str]) -> Json:
    more = _some(
        random,
        {
            "description": _name(random),
            "availability": random.random() < 0.7,
            "hidden": random.random() < 0.1,
            "allergens": random.sample(CLAIMS, k=random.randint(0, 2)),
            "dietary": random.sample(DIETS, k=random.randint(0, 2)),
            "prices": {random.choice(["delivery", "pickup", "dine_in"]): _price(random)},
            "hours": _hours(random),
            "image_url": random.choice(["https://images.example.com/a.jpg", "https://images.example.com/a.webp?x=1"]),
            "calories": random.randint(0, 2_000),
            "is_alcohol": random.random() < 0.2,
            "tax_rate": random.choice(["0", "8.875"]),
            "deposit": "0.15",
            "sold_out_until": "2031-06-01T10:00:00+02:00",
        },
    )
    chosen = random.sample(groups, k=random.randint(0, len(groups)))
    return dish(
        number,
        name=_name(random),
        price=_price(random),
        category=random.choice(categories),
        modifier_groups=chosen,
        **more,
    )


for _number in range(1, HOW_MANY + 1):
    _title = f"random {_number}"
    MENUS[_title] = StressMenu(_title, "Whatever the seed says.", random_menu)
