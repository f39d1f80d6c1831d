"""What a good programmer writes by hand: the same bytes as the shipped mappings, without a language.

The flat payload. ``tuned`` keeps look-ups in locals, remembers what it computed and touches each record
once; ``idiomatic`` is what a review would ask for. Neither reports, checks or explains anything: they do
the bare job over plain dictionaries, as ``orjson.loads`` gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from benchmarks.handwritten import GRUBHUB_TAGS, SPACES, Cleaned, Json, Money, children_of


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


Texts = Callable[[str], str]


def _flat(menu: Json, name: Texts, description: Texts, money: Callable[[str], Decimal]) -> Json:
    restaurant = menu["restaurant"]
    groups = {group["modifier_group_id"]: group for group in menu["modifier_groups"]}
    opening = "schedule-opening-hours"
    hours = [
        {
            "days": [window["day"].upper()],
            "start_time": f"{window['start']}:00.000",
            "end_time": f"{window['end']}:00.000",
        }
        for window in restaurant.get("hours") or ()
    ]
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
