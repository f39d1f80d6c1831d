"""What a good programmer writes for two platforms by hand: the same bytes as the shipped mappings, without a language.

``tuned`` versions keep look-ups in locals, remember what they computed and touch each record once;
``idiomatic`` ones are what a review would ask for. Neither reports, checks or explains anything:
they do the bare job over plain dictionaries, as ``orjson.loads`` gives them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]
DAYS = {"monday": "MON", "tuesday": "TUE", "wednesday": "WED", "thursday": "THU", "friday": "FRI", "saturday": "SAT", "sunday": "SUN"}  # fmt: skip
TAGS = {"vegetarian": "TAG_KEY_DIETARY_VEGETARIAN", "vegan": "TAG_KEY_DIETARY_VEGAN", "gluten_free": "TAG_KEY_DIETARY_GLUTEN_FREE"}  # fmt: skip
GRUBHUB_TAGS = {"vegetarian": "VEGETARIAN", "vegan": "VEGAN", "gluten_free": "GLUTEN_FREE", "kosher": "KOSHER"}
SPACES = re.compile(r"\s+")


# -- nested, idiomatic ---------------------------------------------------------------------------


def nested_idiomatic(menu: Json, store: Json, reference: str) -> Json:
    """Make the nested payload as clear code does."""
    restaurant = menu["restaurant"]
    groups = {group["modifier_group_id"]: group for group in menu["modifier_groups"]}
    return {
        "reference": reference,
        "store": {"merchant_supplied_id": store["store_id"], "provider_type": store["provider_type"]},
        "open_hours": [
            {"day_index": DAYS[window["day"]], "start_time": window["start"], "end_time": _end(window["end"])}
            for window in restaurant.get("hours") or store["hours"]
        ],
        "special_hours": [],
        "menu": {
            "name": clean(restaurant["name"], 500),
            "merchant_supplied_id": restaurant["restaurant_id"],
            "active": True,
            "categories": [
                _without_none({
                    "name": clean(name, 500),
                    "subtitle": clean(category.get("description"), 500),
                    "merchant_supplied_id": category["category_id"],
                    "active": True,
                    "sort_id": place,
                    "items": [_nested_item(item, position, groups) for position, item in enumerate(items)],
                })
                for place, (name, category, items) in enumerate(flat_categories(menu))
            ],
        },
    }  # fmt: skip


def _nested_item(item: Json, place: int, groups: Json) -> Json:
    has_recipe = any(
        option.get("charge_above") is not None or option.get("default_quantity") is not None
        for group_id in item.get("modifier_groups", ())
        for option in groups[group_id]["options"]
    )
    calories = item.get("calories")
    info = {}
    if calories is not None:
        info["nutritional_info"] = {"calorific_info": {"display_type": "cal", "lower_range": calories, "higher_range": calories}}  # fmt: skip
    if item.get("dietary") is not None:
        tags = [TAGS[claim] for claim in item["dietary"] if claim in TAGS]
        if tags or not unknown_claims(item["dietary"]):
            info["classification_info"] = {"classification_tags": tags}
    return _without_none({
        "name": clean(item["name"], 500),
        "description": clean_description(item.get("description"), 1000),
        "merchant_supplied_id": item["item_id"],
        "active": True,
        "is_alcohol": item.get("is_alcohol"),
        "sort_id": place,
        "price": cents(item["price"]),
        "base_price": cents(item.get("prices", {}).get("pickup", item["price"])),
        "tax_rate": item.get("tax_rate"),
        "original_image_url": item.get("image_url"),
        "operation_context": ["RECIPE"] if has_recipe else None,
        "dish_info": info or None,
        "extras": [
            _nested_group(groups[group_id], position, groups)
            for position, group_id in enumerate(item.get("modifier_groups", ()))
        ],
    })  # fmt: skip


def _nested_group(group: Json, place: int, groups: Json) -> Json:
    group_id = group["modifier_group_id"]
    quantities = [option["max_quantity"] for option in group["options"] if "max_quantity" in option]
    most = group.get("max_select")
    return _without_none({
        "name": clean(group["name"], 500),
        "description": clean_description(group.get("description"), 1000),
        "merchant_supplied_id": group_id,
        "active": True,
        "sort_id": place,
        "min_num_options": group.get("min_select", 0),
        "max_num_options": most if most is not None else len(group["options"]),
        "num_free_options": group.get("free_select"),
        "max_option_choice_quantity": max(quantities, default=None),
        "options": [
            _nested_option(option, group_id, position, groups) for position, option in enumerate(group["options"])
        ],
    })  # fmt: skip


def _nested_option(option: Json, group_id: str, place: int, groups: Json) -> Json:
    counted = option.get("charge_above") is not None or option.get("default_quantity") is not None
    price = option.get("price", "0")
    return _without_none({
        "name": clean(option["name"], 500),
        "description": clean_description(option.get("description"), 1000),
        "merchant_supplied_id": f"{group_id}~{option['option_id']}",
        "active": True,
        "price": cents(price),
        "base_price": cents(option.get("prices", {}).get("pickup", price)),
        "default": option.get("is_default", False),
        "sort_id": place,
        "tax_rate": option.get("tax_rate"),
        "operation_context": ["RECIPE"] if counted else None,
        "original_image_url": option.get("image_url"),
        "extras": [
            _nested_group(groups[inner], position, groups)
            for position, inner in enumerate(option.get("modifier_groups", ()))
        ],
    })  # fmt: skip


def clean(text: str | None, longest: int) -> str | None:
    """Collapse spaces and cut; the menus measured here hold no markup."""
    return None if text is None else SPACES.sub(" ", text).strip()[:longest]


def clean_description(text: str | None, longest: int) -> str | None:
    """Strip and cut."""
    return None if text is None else text.strip()[:longest]


def cents(price: str) -> int:
    """Make whole cents, half up."""
    return int((Decimal(price) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def unknown_claims(claims: list[str]) -> bool:
    """Tell whether a claim is none that is known: then nothing is known of the dish."""
    return not any(claim in TAGS or claim in GRUBHUB_TAGS or claim in ("halal", "organic") for claim in claims)


def flat_categories(menu: Json) -> Iterator[tuple[str, Json, list[Json]]]:
    """Give the categories that have dishes, depth first, with their names joined."""
    items: dict[str, list[Json]] = {}
    for item in menu["items"]:
        items.setdefault(item["category"], []).append(item)
    children = children_of(menu)

    def walk(parent: str | None, path: tuple[str, ...]) -> Iterator[tuple[str, Json, list[Json]]]:
        for category in children.get(parent, ()):
            names = (*path, category["name"])
            if category["category_id"] in items:
                yield " / ".join(names), category, items[category["category_id"]]
            yield from walk(category["category_id"], names)

    return walk(None, ())


def children_of(menu: Json) -> dict[str | None, list[Json]]:
    """Give categories by parent, in display order."""
    children: dict[str | None, list[Json]] = {}
    for category in sorted(menu["categories"], key=lambda category: category["display_order"]):
        children.setdefault(category.get("parent_category"), []).append(category)
    return children


def _end(time: str) -> str:
    return "23:59:59" if time == "24:00" else time


def _without_none(record: Json) -> Json:
    return {key: value for key, value in record.items() if value is not None}


# -- nested, tuned -------------------------------------------------------------------------------


def nested_tuned(menu: Json, store: Json, reference: str) -> Json:
    """Make the nested payload as fast as plain Python allows."""
    restaurant = menu["restaurant"]
    groups = {group["modifier_group_id"]: group for group in menu["modifier_groups"]}
    names, descriptions = Cleaned(500, collapse=True), Cleaned(1000, collapse=False)
    price_of = Cents()

    def extras(group_ids: list[str]) -> list[Json]:
        made = []
        for place, group_id in enumerate(group_ids):
            group = groups[group_id]
            get = group.get
            extra: Json = {"name": names[group["name"]]}
            if (text := get("description")) is not None:
                extra["description"] = descriptions[text]
            extra["merchant_supplied_id"] = group_id
            extra["active"] = True
            extra["sort_id"] = place
            extra["min_num_options"] = get("min_select", 0)
            source = group["options"]
            most = get("max_select")
            extra["max_num_options"] = len(source) if most is None else most
            if (free := get("free_select")) is not None:
                extra["num_free_options"] = free
            largest = None
            options = []
            for position, option in enumerate(source):
                get = option.get
                price = get("price", "0")
                entry: Json = {"name": names[option["name"]]}
                if (text := get("description")) is not None:
                    entry["description"] = descriptions[text]
                entry["merchant_supplied_id"] = f"{group_id}~{option['option_id']}"
                entry["active"] = True
                entry["price"] = price_of[price]
                entry["base_price"] = price_of[price] if "prices" not in option else price_of[option["prices"].get("pickup", price)]  # fmt: skip
                entry["default"] = get("is_default", False)
                entry["sort_id"] = position
                if (tax := get("tax_rate")) is not None:
                    entry["tax_rate"] = tax
                if get("charge_above") is not None or get("default_quantity") is not None:
                    entry["operation_context"] = ["RECIPE"]
                if (url := get("image_url")) is not None:
                    entry["original_image_url"] = url
                if (quantity := get("max_quantity")) is not None and (largest is None or quantity > largest):
                    largest = quantity
                inner = get("modifier_groups")
                entry["extras"] = extras(inner) if inner else []
                options.append(entry)
            if largest is not None:
                extra["max_option_choice_quantity"] = largest
            extra["options"] = options
            made.append(extra)
        return made

    categories = []
    for place, (name, category, items) in enumerate(flat_categories(menu)):
        section: Json = {"name": names[name]}
        if (text := category.get("description")) is not None:
            section["subtitle"] = names[text]
        section["merchant_supplied_id"] = category["category_id"]
        section["active"] = True
        section["sort_id"] = place
        dishes = []
        for position, item in enumerate(items):
            get = item.get
            price = item["price"]
            dish: Json = {"name": names[item["name"]]}
            if (text := get("description")) is not None:
                dish["description"] = descriptions[text]
            dish["merchant_supplied_id"] = item["item_id"]
            dish["active"] = True
            if (alcohol := get("is_alcohol")) is not None:
                dish["is_alcohol"] = alcohol
            dish["sort_id"] = position
            dish["price"] = price_of[price]
            dish["base_price"] = price_of[price] if "prices" not in item else price_of[item["prices"].get("pickup", price)]  # fmt: skip
            if (tax := get("tax_rate")) is not None:
                dish["tax_rate"] = tax
            if (url := get("image_url")) is not None:
                dish["original_image_url"] = url
            group_ids = get("modifier_groups", ())
            for group_id in group_ids:
                if any(
                    option.get("charge_above") is not None or option.get("default_quantity") is not None
                    for option in groups[group_id]["options"]
                ):
                    dish["operation_context"] = ["RECIPE"]
                    break
            info: Json = {}
            if (calories := get("calories")) is not None:
                info["nutritional_info"] = {"calorific_info": {"display_type": "cal", "lower_range": calories, "higher_range": calories}}  # fmt: skip
            if (claims := get("dietary")) is not None:
                tags = [TAGS[claim] for claim in claims if claim in TAGS]
                if tags or not unknown_claims(claims):
                    info["classification_info"] = {"classification_tags": tags}
            if info:
                dish["dish_info"] = info
            dish["extras"] = extras(group_ids) if group_ids else []
            dishes.append(dish)
        section["items"] = dishes
        categories.append(section)
    return {
        "reference": reference,
        "store": {"merchant_supplied_id": store["store_id"], "provider_type": store["provider_type"]},
        "open_hours": [
            {"day_index": DAYS[window["day"]], "start_time": window["start"], "end_time": _end(window["end"])}
            for window in restaurant.get("hours") or store["hours"]
        ],
        "special_hours": [],
        "menu": {
            "name": names[restaurant["name"]],
            "merchant_supplied_id": restaurant["restaurant_id"],
            "active": True,
            "categories": categories,
        },
    }


class Cents(dict[str, int]):
    """Whole cents of a price's text, each made once, half up."""

    def __missing__(self, price: str) -> int:
        whole, _, part = price.partition(".")
        value = int(whole) * 100 + int(part) if len(part) == 2 else cents(price)
        self[price] = value
        return value


class Cleaned(dict[str, str]):
    """Texts as they are sent, each cleaned once."""

    def __init__(self, longest: int | None, *, collapse: bool) -> None:
        super().__init__()
        self.longest, self.collapse = longest, collapse

    def __missing__(self, text: str) -> str:
        value = (SPACES.sub(" ", text) if self.collapse else text).strip()[: self.longest]
        self[text] = value
        return value


class Money(dict[str, Decimal]):
    """Prices with two decimals, each made once."""

    def __missing__(self, price: str) -> Decimal:
        value = self[price] = Decimal(price).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return value


# -- flat ----------------------------------------------------------------------------------------


def flat_tuned(menu: Json, store: Json, reference: str) -> Json:
    """Make the flat payload as fast as plain Python allows."""
    names, descriptions, money = Cleaned(None, collapse=True), Cleaned(None, collapse=False), Money()
    return _flat(menu, names.__getitem__, descriptions.__getitem__, money.__getitem__)


def flat_idiomatic(menu: Json, store: Json, reference: str) -> Json:
    """Make the flat payload with plain functions for names and prices."""

    def name(text: str) -> str:
        return SPACES.sub(" ", text).strip()

    def money(price: str) -> Decimal:
        return Decimal(price).quantize(Decimal("0.01"), ROUND_HALF_UP)

    return _flat(menu, name, str.strip, money)


def _flat(menu: Json, name: Callable[[str], str], description: Callable[[str], str], money: Callable[[str], Decimal]) -> Json:  # fmt: skip
    restaurant = menu["restaurant"]
    groups = {group["modifier_group_id"]: group for group in menu["modifier_groups"]}
    opening = "schedule-opening-hours"
    hours = [
        {"days": [window["day"].upper()], "start_time": f"{window['start']}:00.000", "end_time": f"{window['end']}:00.000"}
        for window in restaurant.get("hours") or ()
    ]  # fmt: skip
    sections: list[Json] = []
    order: list[Json] = []
    by_category: dict[str, list[Json]] = {}
    for item in menu["items"]:
        by_category.setdefault(item["category"], []).append(item)
    children = children_of(menu)

    def walk(category: Json) -> bool:
        category_id = category["category_id"]
        section: Json = {"external_id": category_id, "name": name(category["name"])}
        if (text := category.get("description")) is not None:
            section["description"] = description(text)
        dishes = by_category.get(category_id, [])
        section["items"] = [item["item_id"] for item in dishes]
        place = len(sections)
        sections.append(section)
        order.extend(dishes)
        section["subsections"] = [child["category_id"] for child in children.get(category_id, ()) if walk(child)]
        section["schedule_ids"] = [opening] if hours else []
        if not dishes and not section["subsections"]:
            del sections[place]
            return False
        return True

    top = [category["category_id"] for category in children.get(None, ()) if walk(category)]
    reached = reached_groups(order, groups)
    items, prompts, lists, modifiers = [], [], [], []
    sold_out = False
    for item in order:
        get = item.get
        dish: Json = {"external_id": item["item_id"], "name": name(item["name"])}
        if (text := get("description")) is not None:
            dish["description"] = description(text)
        dish["price"] = money(item["price"])
        if "prices" in item and "pickup" in item["prices"]:
            dish["fulfillment_type_settings"] = {"STANDARD_PICKUP": {"price": money(item["prices"]["pickup"])}}
        dish["modifier_prompts"] = list(get("modifier_groups", ()))
        dish["miscellaneous_taxes"] = []
        tags = [{"group": "LEGACY", "name": "ALCOHOL"}] if get("is_alcohol") else []
        for claim in get("dietary") or ():
            if claim in GRUBHUB_TAGS:
                tags.append({"group": "LEGACY", "name": GRUBHUB_TAGS[claim]})
        dish["tags"] = tags
        if (calories := get("calories")) is not None:
            dish["calorie_count"] = str(calories)
        if (url := get("image_url")) is not None:
            dish["media"] = {"source_url": url}
        dish["schedule_ids"] = []
        if not get("availability", True):
            dish["availability_override"] = "sold-out"
            sold_out = True
        items.append(dish)
    for group in reached:
        group_id, shown = group["modifier_group_id"], name(group["name"])
        most = group.get("max_select")
        limits = {"minimum_quantity": group.get("min_select", 0), "maximum_quantity": 99 if most is None else most}
        prompts.append({
            "external_id": group_id, "name": shown, "modifier_list": group_id, "default_selection_model": limits,
            "modifier_quantity_settings": {},
            "defaulted_modifiers": [f"{group_id}~{o['option_id']}" for o in group["options"] if o.get("is_default")],
        })  # fmt: skip
        keys = [f"{group_id}~{option['option_id']}" for option in group["options"]]
        lists.append({"external_id": group_id, "name": shown, "modifiers": keys})
        for key, option in zip(keys, group["options"], strict=True):
            get = option.get
            entry: Json = {"external_id": key, "name": name(option["name"])}
            if (text := get("description")) is not None:
                entry["description"] = description(text)
            entry["default_price"] = money(get("price", "0"))
            entry["submodifiers"] = list(get("modifier_groups", ()))
            entry["miscellaneous_taxes"] = []
            entry["tags"] = []
            if not get("availability", True):
                entry["availability_override"] = "sold-out"
                sold_out = True
            modifiers.append(entry)
    overrides = []
    if sold_out:
        overrides.append({
            "external_id": "sold-out", "name": "Sold out", "start_date": "2000-01-01T00:00:00.000Z",
            "end_date": "9999-12-31T23:59:00.000Z", "override_type": "UNAVAILABLE",
        })  # fmt: skip
    weekly = {"external_id": opening, "name": "Opening hours", "type": "WEEKLY", "rules": hours}
    return {
        "menu_info": {"currency": restaurant["currency"], "sections": top},
        "tax_rates": [],
        "repeating_schedules": [weekly] if hours else [],
        "menu_sections": sections,
        "items": items,
        "modifier_prompts": prompts,
        "modifier_lists": lists,
        "modifiers": modifiers,
        "availability_overrides": overrides,
    }


def reached_groups(items: list[Json], groups: dict[str, Json]) -> list[Json]:
    """Give the groups that dishes reach, nested ones, too, each once."""
    found: dict[str, Json] = {}

    def walk(group_ids: list[str]) -> None:
        for group_id in group_ids:
            if group_id not in found:
                found[group_id] = groups[group_id]
                for option in groups[group_id]["options"]:
                    inner = option.get("modifier_groups")
                    if inner:
                        walk(inner)

    for item in items:
        walk(item.get("modifier_groups", ()))
    return list(found.values())
