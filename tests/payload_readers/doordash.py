"""DoorDash: a tree of categories, items, extras (groups) and options; money in cents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.payload_readers import DAY, ReadDish, ReadGroup, ReadMenu, ReadOption, decimal, joined, minute, week

DAY_INDEX = {
    "MON": "monday", "TUE": "tuesday", "WED": "wednesday", "THU": "thursday",
    "FRI": "friday", "SAT": "saturday", "SUN": "sunday",
}  # fmt: skip
TAGS = {
    "TAG_KEY_DIETARY_VEGETARIAN": "vegetarian",
    "TAG_KEY_DIETARY_VEGAN": "vegan",
    "TAG_KEY_DIETARY_GLUTEN_FREE": "gluten_free",
}
CARRIES = frozenset(
    {
        "description", "pickup_price", "hours", "dish_hours", "special_hours", "image", "dietary", "is_alcohol",
        "tax_rate", "calories", "group_description", "free", "is_default", "default_quantity", "charge_above",
        "option_description", "option_image", "option_calories", "option_tax_rate", "option_is_alcohol",
    }
)  # fmt: skip


def read(payload: dict[str, Any], minor_units: int = 2) -> ReadMenu:
    """Read a menu push; a cent is the currency's smallest unit."""
    unit = Decimal(1).scaleb(-minor_units)
    dishes = []
    for category in payload["menu"].get("categories", []):
        dishes += [_dish(item, category, unit) for item in category.get("items", [])]
    special: dict[str, list[tuple[int, int]]] = {}
    for entry in payload["special_hours"]:
        periods = special.setdefault(entry["date"], [])
        if not entry.get("closed"):
            periods.append((minute(entry["start_time"]), minute(entry["end_time"])))
    hours = [(DAY_INDEX[each["day_index"]], each["start_time"], each["end_time"]) for each in payload["open_hours"]]
    return ReadMenu(
        dishes=tuple(dishes),
        carries=CARRIES,
        hours=week(hours),
        special_hours={date: tuple(sorted(periods)) for date, periods in special.items()},
        dietary_words=frozenset(TAGS.values()),
    )


def _dish(item: dict[str, Any], category: dict[str, Any], unit: Decimal) -> ReadDish:
    classification = item.get("dish_info", {}).get("classification_info", {})
    tags = classification.get("classification_tags")
    return ReadDish(
        id=item.get("merchant_supplied_id", ""),
        name=item["name"],
        description=item.get("description"),
        path=(category["name"],),
        price=item["price"] * unit,
        pickup_price=item["base_price"] * unit if "base_price" in item else None,
        hours=_hours(item.get("item_special_hours")),
        image=item.get("original_image_url"),
        dietary=None if tags is None else frozenset(TAGS[tag] for tag in tags),
        is_alcohol=item.get("is_alcohol"),
        tax_rate=decimal(item["tax_rate"]) if "tax_rate" in item else None,
        calories=_calories(item),
        groups=tuple(_group(extra, unit) for extra in item.get("extras", [])),
    )


def _hours(windows: list[dict[str, Any]] | None) -> tuple[tuple[int, int], ...] | None:
    if not windows:
        return None
    periods = []
    for window in windows:
        for day in [window["day_index"]] if "day_index" in window else list(DAY_INDEX):
            first = list(DAY_INDEX).index(day) * DAY
            start, end = minute(window.get("start_time", "00:00")), minute(window.get("end_time", "23:59"))
            assert start < end, "DD-R5: item hours are split at midnight"
            periods.append((first + start, first + end))
    return joined(periods)


def _calories(entity: dict[str, Any]) -> int | None:
    calories: int | None = (
        entity.get("dish_info", {}).get("nutritional_info", {}).get("calorific_info", {}).get("lower_range")
    )
    return calories


def _group(extra: dict[str, Any], unit: Decimal) -> ReadGroup:
    return ReadGroup(
        id=extra.get("merchant_supplied_id", ""),
        name=extra["name"],
        minimum=extra.get("min_num_options", 0),
        maximum=extra.get("max_num_options"),
        free=extra.get("num_free_options"),
        description=extra.get("description"),
        options=tuple(_option(option, unit) for option in extra.get("options", [])),
    )


def _option(option: dict[str, Any], unit: Decimal) -> ReadOption:
    quantity = option.get("quantity_info", {})
    return ReadOption(
        id=option.get("merchant_supplied_id", ""),
        name=option["name"],
        price=option["price"] * unit,
        description=option.get("description"),
        pickup_price=option["base_price"] * unit if "base_price" in option else None,
        is_default=option.get("default"),
        default_quantity=quantity.get("default_quantity"),
        charge_above=quantity.get("charge_above"),
        image=option.get("original_image_url"),
        calories=_calories(option),
        is_alcohol=option.get("dish_info", {}).get("classification_info", {}).get("has_alcoholic_items"),
        tax_rate=decimal(option["tax_rate"]) if "tax_rate" in option else None,
        groups=tuple(_group(extra, unit) for extra in option.get("extras", [])),
    )
