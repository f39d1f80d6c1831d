"""Grubhub: flat lists joined by external_id; sections in sections; money in decimal currency units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.payload_readers import Periods, ReadDish, ReadGroup, ReadMenu, ReadOption, decimal, week

TAGS = {"VEGETARIAN": "vegetarian", "VEGAN": "vegan", "GLUTEN_FREE": "gluten_free", "KOSHER": "kosher"}
CARRIES = frozenset(
    {
        "description", "pickup_price", "hours", "dish_hours", "image", "dietary", "is_alcohol_true", "tax_rate",
        "calories", "sold_out", "sold_out_until", "deposit", "free", "is_default", "default_quantity", "max_quantity",
        "option_description", "option_image", "option_calories", "option_is_alcohol_true", "option_tax_rate",
        "option_sold_out", "option_deposit", "category_tree",
    }
)  # fmt: skip


def read(payload: dict[str, Any], minor_units: int = 2) -> ReadMenu:
    """Read a normalized menu."""
    del minor_units
    entities = _Entities(payload)
    dishes = []
    for section_id in payload["menu_info"].get("sections") or []:
        dishes += list(entities.section(section_id, ()))
    hours = [schedule for schedule in entities.schedules.values() if schedule["name"] == "Opening hours"]
    return ReadMenu(
        dishes=tuple(dishes),
        carries=CARRIES,
        hours=entities.hours([hours[0]["external_id"]]) if hours else None,
        dietary_words=frozenset(TAGS.values()),
    )


class _Entities:
    """The payload's lists by external_id."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self.tax_rates = _by_id(payload, "tax_rates")
        self.schedules = _by_id(payload, "repeating_schedules")
        self.sections = _by_id(payload, "menu_sections")
        self.items = _by_id(payload, "items")
        self.prompts = _by_id(payload, "modifier_prompts")
        self.lists = _by_id(payload, "modifier_lists")
        self.modifiers = _by_id(payload, "modifiers")
        self.overrides = _by_id(payload, "availability_overrides")
        self.sizes = _by_id(payload, "sizes")
        self.size_prompts = _by_id(payload, "size_prompts")

    def section(self, section_id: str, above: tuple[str, ...]) -> Iterator[ReadDish]:
        section = self.sections[section_id]
        path = (*above, section["name"])
        for item_id in section.get("items") or []:
            yield self.dish(self.items[item_id], path, section)
        for subsection in section.get("subsections") or []:
            yield from self.section(subsection, path)

    def hours(self, schedule_ids: list[str] | None) -> Periods | None:
        if not schedule_ids:
            return None
        rules = [rule for schedule_id in schedule_ids for rule in self.schedules[schedule_id]["rules"]]
        windows = [(day.lower(), rule["start_time"], rule["end_time"]) for rule in rules for day in rule["days"]]
        assert all(start < end for _, start, end in windows), "a period stays inside its day"
        return week(windows)

    def dish(self, item: dict[str, Any], path: tuple[str, ...], section: dict[str, Any]) -> ReadDish:
        common = self.common(item)
        tags = {tag["name"] for tag in item.get("tags") or []}
        override = self.overrides.get(item.get("availability_override") or "")
        price, size = self.sized(item)
        section_hours = [each for each in section.get("schedule_ids") or [] if self.own_hours(each)]
        return ReadDish(
            **common,
            path=path,
            price=price,
            sold_out_until=_instant(override["end_date"]) if override else None,
            hours=self.hours(item.get("schedule_ids") or section_hours),
            dietary=frozenset(TAGS[tag] for tag in tags if tag in TAGS),
            groups=size + self.groups(item.get("modifier_prompts")),
        )

    def own_hours(self, schedule_id: str) -> bool:
        """Tell a section's own hours from the restaurant's, which stand on every other section."""
        return bool(self.schedules[schedule_id]["name"] != "Opening hours")

    def sized(self, item: dict[str, Any]) -> tuple[Decimal, tuple[ReadGroup, ...]]:
        """Give the price; where sizes have it, the cheapest one's and the sizes as a group of surcharges."""
        if not item.get("size_prompt"):
            return decimal(item["price"]), ()
        prompt = self.size_prompts[item["size_prompt"]]
        prices = [(self.sizes[each["size"]], decimal(each["price"])) for each in prompt["sized_prices"]]
        base = min(price for _, price in prices)
        options = tuple(
            ReadOption(id=size["external_id"], name=size["name"], price=price - base) for size, price in prices
        )
        return base, (ReadGroup(id=prompt["external_id"], name=prompt["name"], minimum=1, maximum=1, options=options),)

    def common(self, entity: dict[str, Any]) -> dict[str, Any]:
        """Read what dishes and options share."""
        tags = {tag["name"] for tag in entity.get("tags") or []}
        tax = self.tax_rates.get(entity.get("tax_rate") or "")
        deposits = [self.tax_rates[tax_id].get("flat") for tax_id in entity.get("miscellaneous_taxes") or []]
        pickup = (entity.get("fulfillment_type_settings") or {}).get("STANDARD_PICKUP")
        override = self.overrides.get(entity.get("availability_override") or "")
        calories = entity.get("calorie_count")
        return {
            "id": entity["external_id"],
            "name": entity["name"],
            "description": entity.get("description"),
            "pickup_price": decimal(pickup["price"]) if pickup else None,
            "image": (entity.get("media") or {}).get("source_url"),
            "is_alcohol": True if "ALCOHOL" in tags else None,
            "tax_rate": decimal(tax["rate"]) * 100 if tax else None,
            "deposit": decimal(deposits[0]) if deposits and deposits[0] is not None else None,
            "sold_out": bool(override and override["override_type"] == "UNAVAILABLE"),
            "calories": int(calories.split("-")[0]) if calories else None,
        }

    def groups(self, prompt_ids: list[str] | None) -> tuple[ReadGroup, ...]:
        return tuple(self.prompt(self.prompts[prompt_id]) for prompt_id in prompt_ids or [])

    def prompt(self, prompt: dict[str, Any]) -> ReadGroup:
        limits = prompt.get("default_selection_model") or {}
        settings = prompt.get("modifier_quantity_settings") or {}
        options = self.lists[prompt["modifier_list"]].get("modifiers") or []
        return ReadGroup(
            id=prompt["external_id"],
            name=prompt["name"],
            minimum=limits.get("minimum_quantity", 0),
            maximum=limits.get("maximum_quantity"),
            free=(prompt.get("modifier_prompt_free_settings") or {}).get("free_modifiers"),
            options=tuple(
                self.option(self.modifiers[each], settings.get(each) or {}, prompt.get("defaulted_modifiers") or [])
                for each in options
            ),
        )

    def option(self, modifier: dict[str, Any], settings: dict[str, Any], defaulted: list[str]) -> ReadOption:
        return ReadOption(
            **self.common(modifier),
            price=decimal(modifier["default_price"]),
            is_default=modifier["external_id"] in defaulted,
            default_quantity=settings.get("default_units"),
            max_quantity=settings.get("maximum_units"),
            groups=self.groups(modifier.get("submodifiers")),
        )


def _by_id(payload: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    return {entity["external_id"]: entity for entity in payload.get(name) or []}


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
