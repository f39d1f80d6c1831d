"""Uber Eats: flat lists joined by ids; options are items; money in hundredths of any currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.payload_readers import DAY, DAYS, Periods, ReadDish, ReadGroup, ReadMenu, ReadOption, decimal, joined, minute

HUNDREDTH = Decimal("0.01")
FIVE_DECIMALS = Decimal("0.00001")
LABELS = {"VEGETARIAN": "vegetarian", "VEGAN": "vegan", "GLUTEN_FREE": "gluten_free"}
NUTRIENTS = {
    "fat": "fat", "saturated_fatty_acids": "saturated_fat", "carbohydrates": "carbohydrates", "sugar": "sugar",
    "protein": "protein", "salt": "salt",
}  # fmt: skip
CARRIES = frozenset(
    {
        "description", "hours", "dish_hours", "image", "dietary", "allergens", "is_alcohol", "tax_rate", "calories",
        "nutrition", "sold_out", "sold_out_until", "deposit", "bundle", "free", "is_default", "default_quantity",
        "max_quantity", "charge_above", "option_description", "option_image", "option_calories", "option_is_alcohol",
        "option_sold_out", "option_deposit",
    }
)  # fmt: skip


def read(payload: dict[str, Any], minor_units: int = 2) -> ReadMenu:
    """Read a menu upload; the currency's own minor units play no part."""
    del minor_units
    entities = _Entities(payload)
    titles = {category["id"]: _text(category["title"]) for category in payload["categories"]}
    listed = [category for menu in payload["menus"] for category in menu["category_ids"]]
    dishes = [
        entities.dish(reference["id"], titles[category["id"]])
        for category in payload["categories"]
        if category["id"] in listed
        for reference in category["entities"]
    ]
    hours = [_week(menu["service_availability"]) for menu in payload["menus"]]
    return ReadMenu(
        dishes=tuple(dishes),
        carries=CARRIES,
        hours=joined([period for periods in hours for period in periods]),
        dietary_words=frozenset(LABELS.values()),
    )


def _text(text: dict[str, Any] | None) -> str | None:
    return next(iter(text["translations"].values())) if text else None


def _week(days: list[dict[str, Any]]) -> Periods:
    periods = []
    for day in days:
        first = DAYS.index(day["day_of_week"]) * DAY
        for period in day["time_periods"]:
            start, end = minute(period["start_time"]), minute(period["end_time"])
            assert start < end, "UE-R10: a period stays inside its day"
            periods.append((first + start, first + end))
    return joined(periods)


def _interval(amount: dict[str, Any] | None) -> Decimal | None:
    return amount["lower"] * FIVE_DECIMALS if amount else None


class _Entities:
    """The payload's items and groups by id."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self.items = {item["id"]: item for item in payload["items"]}
        self.groups = {group["id"]: group for group in payload["modifier_groups"] or []}

    def dish(self, item_id: str, category: str | None) -> ReadDish:
        item = self.items[item_id]
        common = self.common(item)
        classification = (item.get("dish_info") or {}).get("classifications") or {}
        labels = classification.get("dietary_label_info")
        nutrition = item.get("nutritional_info") or {}
        allergens = nutrition.get("allergens")
        visibility = item.get("visibility_info")
        nutrients = {
            ours: _interval(nutrition[theirs]["amount"]["interval"])
            for theirs, ours in NUTRIENTS.items()
            if nutrition.get(theirs)
        }
        suspension = (item.get("suspension_info") or {}).get("suspension")
        return ReadDish(
            **common,
            path=(category or "",),
            sold_out_until=suspension["suspend_until"] if suspension else None,
            hours=_week([day for each in visibility["hours"] for day in each["hours_of_week"]]) if visibility else None,
            dietary=None if labels is None else frozenset(LABELS[label] for label in labels["labels"]),
            allergens=None if allergens is None else tuple(allergens),
            nutrition={name: amount for name, amount in nutrients.items() if amount is not None},
            bundle=tuple((part["item_id"], part["included_quantity"]) for part in item.get("bundled_items") or []),
            groups=self.groups_of(item),
        )

    def common(self, item: dict[str, Any]) -> dict[str, Any]:
        """Read what dishes and options share."""
        classification = (item.get("dish_info") or {}).get("classifications") or {}
        alcohol = classification.get("alcoholic_items")
        tax = item.get("tax_info") or {}
        rate = tax.get("tax_rate") if tax.get("tax_rate") is not None else tax.get("vat_rate_percentage")
        suspension = (item.get("suspension_info") or {}).get("suspension")
        calories = ((item.get("nutritional_info") or {}).get("calories") or {}).get("energy_interval")
        price = item["price_info"]
        return {
            "id": item["id"],
            "name": _text(item["title"]),
            "description": _text(item.get("description")),
            "price": price["price"] * HUNDREDTH,
            "deposit": price["container_deposit"] * HUNDREDTH if "container_deposit" in price else None,
            "image": item.get("image_url"),
            "is_alcohol": None if alcohol is None else alcohol > 0,
            "tax_rate": None if rate is None else decimal(rate),
            "sold_out": bool(suspension and suspension.get("suspend_until")),
            "calories": None if calories is None else int(_interval(calories) or 0),
        }

    def groups_of(self, item: dict[str, Any]) -> tuple[ReadGroup, ...]:
        rules = item.get("modifier_group_ids") or {}
        return tuple(self.group(group_id) for group_id in rules.get("ids") or [])

    def group(self, group_id: str) -> ReadGroup:
        group = self.groups[group_id]
        quantity = (group.get("quantity_info") or {}).get("quantity") or {}
        unique = quantity.get("max_permitted_unique")
        return ReadGroup(
            id=group_id,
            name=_text(group["title"]) or "",
            minimum=quantity.get("min_permitted_unique") or quantity.get("min_permitted") or 0,
            maximum=unique if unique is not None else quantity.get("max_permitted"),
            free=quantity.get("charge_above"),
            options=tuple(self.option(reference["id"]) for reference in group["modifier_options"]),
        )

    def option(self, item_id: str) -> ReadOption:
        item = self.items[item_id]
        quantity = (item.get("quantity_info") or {}).get("quantity") or {}
        return ReadOption(
            **self.common(item),
            is_default=bool(quantity.get("default_quantity")),
            default_quantity=quantity.get("default_quantity"),
            max_quantity=quantity.get("max_permitted"),
            charge_above=quantity.get("charge_above"),
            groups=self.groups_of(item),
        )
