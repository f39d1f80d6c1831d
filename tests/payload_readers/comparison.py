"""Compare what was read from a payload with the menu's own JSON, field by field."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.payload_readers import DAYS, Periods, ReadDish, ReadGroup, ReadMenu, ReadOption, joined, minute, week

Json = dict[str, Any]
EVERYTHING = "*"


def differences(
    read: ReadMenu, menu: Json, reported: Mapping[str, set[str]], channels: Iterable[str] = ("delivery",)
) -> list[str]:
    """Give every difference between a read payload and the menu, one sentence each.

    ``reported`` has the names that findings told of, with the aspects concerned ("image", "dietary" …,
    or "*" for the whole record): what was told is no difference. ``channels`` are the price channels
    that the platform takes, best first.
    """
    return Comparison(read, menu, reported, tuple(channels)).run()


def text(value: str | None) -> str:
    """Give a text as a platform shows it: no tags, single blanks."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", value or "")).split())


class Comparison:
    """One comparison; collects what differs."""

    def __init__(self, read: ReadMenu, menu: Json, reported: Mapping[str, set[str]], channels: tuple[str, ...]) -> None:
        self.read = read
        self.menu = menu
        self.reported = {text(name): aspects for name, aspects in reported.items()}
        self.channels = channels
        self.categories = {category["category_id"]: category for category in menu["categories"]}
        self.groups = {group["modifier_group_id"]: group for group in menu["modifier_groups"]}
        self.found: list[str] = []

    def run(self) -> list[str]:
        self.dishes()
        self.hours()
        return self.found

    def differ(self, name: str, aspect: str, wanted: Any, given: Any) -> None:
        """Note a difference, unless equal or told."""
        if wanted == given:
            return
        told = self.reported.get(text(name), set())
        if aspect in told or EVERYTHING in told:
            return
        self.found.append(f"{name}: {aspect} is {given!r} instead of {wanted!r}")

    def carries(self, aspect: str) -> bool:
        return aspect in self.read.carries

    # ---- dishes

    def dishes(self) -> None:
        by_id: dict[str, list[ReadDish]] = {}
        for dish in self.read.dishes:
            by_id.setdefault(self.plain_id(dish.id), []).append(dish)
        for item in self.menu["items"]:
            shown = by_id.pop(self.plain_id(item["item_id"]), [])
            if item.get("hidden"):
                self.differ(item["name"], "hidden", [], [dish.name for dish in shown])
            elif not shown:
                self.differ(item["name"], EVERYTHING, "on the menu", "missing")
            else:
                self.differ(item["name"], "category", self.paths(item), sorted({self.joined(d.path) for d in shown}))
                for dish in shown:
                    self.dish(item, dish)
        for dish_id, dishes in by_id.items():
            self.found.append(f"{dishes[0].name}: {dish_id} is on no menu of ours")

    @staticmethod
    def plain_id(record_id: str) -> str:
        """Give an id without the characters that a platform may not take."""
        return re.sub("[/;]", "-", record_id)

    @staticmethod
    def joined(path: Iterable[str]) -> str:
        return " / ".join(text(name) for name in path)

    def own_categories(self, item: Json) -> list[str]:
        named = item.get("categories") or ([item["category"]] if item.get("category") else [])
        return [category for category in named if category in self.categories]

    def paths(self, item: Json) -> list[str]:
        paths = set()
        for category_id in self.own_categories(item):
            names: list[str] = []
            above: str | None = category_id
            while above:
                names.insert(0, self.categories[above]["name"])
                above = self.categories[above].get("parent_category")
            paths.add(self.joined(names))
        return sorted(paths) or ["Other"]

    def dish(self, item: Json, dish: ReadDish) -> None:
        name = item["name"]
        self.differ(name, "name", text(name), text(dish.name))
        if self.carries("description"):
            self.differ(name, "description", text(item.get("description")), text(dish.description))
        sizes = list(item.get("sizes") or [])
        base = min((self.price(size) for size in sizes), default=self.price(item))
        self.differ(name, "price", base, dish.price)
        if self.carries("pickup_price") and not sizes and "pickup" in item.get("prices", {}):
            self.differ(name, "pickup price", Decimal(item["prices"]["pickup"]), dish.pickup_price)
        if self.carries("sold_out"):
            gone = not item.get("availability", True) or (sizes and not any(s.get("availability", True) for s in sizes))
            self.differ(name, "sold out", bool(gone), dish.sold_out)
        if self.carries("sold_out_until") and item.get("sold_out_until") and dish.sold_out:
            until = int(datetime.fromisoformat(item["sold_out_until"]).timestamp())
            self.differ(name, "sold out until", until, dish.sold_out_until)
        if self.carries("dish_hours"):
            self.differ(name, "hours", self.dish_hours(item, dish), dish.hours)
        if self.carries("image"):
            self.differ(name, "image", item.get("image_url"), dish.image)
        if self.carries("dietary"):
            self.differ(name, "dietary", self.claims(item) & self.read.dietary_words, dish.dietary or frozenset())
            for claim in self.claims(item) - self.read.dietary_words:
                self.differ(name, "dietary", f"{claim} reported", "not reported")
        if self.carries("allergens") and item.get("allergens") is not None:
            self.differ(name, "allergens", tuple(item["allergens"]), dish.allergens)
        if self.carries("is_alcohol"):
            self.differ(name, "alcohol", item.get("is_alcohol"), dish.is_alcohol)
        if self.carries("is_alcohol_true"):
            self.differ(name, "alcohol", item.get("is_alcohol") or None, dish.is_alcohol)
        if self.carries("tax_rate"):
            self.differ(name, "tax", _number(item.get("tax_rate")), dish.tax_rate)
        if self.carries("calories") and not sizes:
            self.differ(name, "calories", item.get("calories"), dish.calories)
        if self.carries("nutrition"):
            wanted = {nutrient: Decimal(amount) for nutrient, amount in (item.get("nutrition") or {}).items()}
            known = {
                nutrient: wanted[nutrient] for nutrient in wanted if nutrient in dish.nutrition or nutrient != "fibre"
            }
            self.differ(name, "nutrition", known, dish.nutrition)
        self.differ(name, "deposit", _number(item.get("deposit")) or None, dish.deposit or None)
        bundle = tuple((self.plain_id(part["item_id"]), part.get("quantity", 1)) for part in item.get("bundle") or [])
        self.differ(name, "bundle", bundle, dish.bundle)
        groups = [self.groups[group_id] for group_id in item.get("modifier_groups") or []]
        shown = list(dish.groups)
        if sizes:
            self.sizes(item, sizes, base, shown.pop(0) if shown else None)
        self.choices(name, groups, tuple(shown))

    def price(self, record: Json) -> Decimal:
        prices = record.get("prices") or {}
        channel = next((each for each in self.channels if each in prices), None)
        return Decimal(prices[channel]) if channel else Decimal(record.get("price", "0"))

    def dish_hours(self, item: Json, dish: ReadDish) -> Periods | None:
        if item.get("hours"):
            return _week(item["hours"])
        for category_id in self.own_categories(item):
            above: str | None = category_id
            while above:
                if self.categories[above].get("hours"):
                    return _week(self.categories[above]["hours"])
                above = self.categories[above].get("parent_category")
        del dish
        return None

    def claims(self, item: Json) -> frozenset[str]:
        return frozenset(
            claim.strip().lower().replace("-", "_").replace(" ", "_") for claim in item.get("dietary") or []
        )

    # ---- choices

    def sizes(self, item: Json, sizes: list[Json], base: Decimal, group: ReadGroup | None) -> None:
        if group is None:
            self.differ(item["name"], "sizes", "a group", "missing")
            return
        self.differ(item["name"], "size limits", (1, 1), (group.minimum, group.maximum))
        wanted = [(text(size["name"]), self.price(size) - base) for size in sizes if not size.get("hidden")]
        self.differ(item["name"], "sizes", wanted, [(text(option.name), option.price) for option in group.options])
        if self.carries("option_sold_out"):
            gone = [not size.get("availability", True) for size in sizes]
            self.differ(item["name"], "sizes sold out", gone, [option.sold_out for option in group.options])
        if self.carries("option_calories"):
            calories = [size.get("calories") for size in sizes]
            self.differ(item["name"], "sizes' calories", calories, [option.calories for option in group.options])

    def choices(self, owner: str, groups: list[Json], shown: tuple[ReadGroup, ...]) -> None:
        visible = [(group, options) for group in groups if (options := self.visible(group))]
        names = [text(group["name"]) for group, _ in visible]
        self.differ(owner, "modifier groups", names, [text(group.name) for group in shown])
        if len(shown) != len(visible):
            return
        for (group, options), read in zip(visible, shown, strict=True):
            self.group(owner, group, options, read)

    def visible(self, group: Json) -> list[Json]:
        return [option for option in group["options"] if not option.get("hidden")]

    def group(self, owner: str, group: Json, options: list[Json], read: ReadGroup) -> None:
        label = f"{owner} > {group['name']}"
        most = group.get("max_select")
        unlimited = most is None and read.maximum is not None and read.maximum >= len(options)
        self.differ(label, "least", group.get("min_select", 0), read.minimum)
        self.differ(label, "most", most, None if unlimited else read.maximum)
        if self.carries("free"):
            self.differ(label, "free", group.get("free_select") or None, read.free or None)
        if self.carries("group_description"):
            self.differ(label, "description", text(group.get("description")), text(read.description))
        names = [text(option["name"]) for option in options]
        self.differ(label, "options", names, [text(option.name) for option in read.options])
        if len(read.options) == len(options):
            for option, shown in zip(options, read.options, strict=True):
                self.option(label, option, shown)

    def option(self, owner: str, option: Json, read: ReadOption) -> None:
        label = f"{owner} > {option['name']}"
        own = self.reported.get(text(option["name"]))
        if own is not None:
            self.reported.setdefault(text(label), set()).update(own)
        self.differ(label, "price", self.price(option), read.price)
        if self.carries("pickup_price") and "pickup" in option.get("prices", {}):
            self.differ(label, "pickup price", Decimal(option["prices"]["pickup"]), read.pickup_price)
        if self.carries("is_default"):
            chosen = bool(option.get("is_default") or option.get("default_quantity"))
            self.differ(label, "default", chosen, bool(read.is_default or read.default_quantity))
        for aspect in ("default_quantity", "max_quantity", "charge_above"):
            if self.carries(aspect) and option.get(aspect):  # 0 says as much as nothing
                self.differ(label, aspect, option[aspect], getattr(read, aspect))
        if self.carries("option_description"):
            self.differ(label, "description", text(option.get("description")), text(read.description))
        if self.carries("option_sold_out"):
            self.differ(label, "sold out", not option.get("availability", True), read.sold_out)
        for aspect in ("image", "calories", "tax_rate", "is_alcohol"):
            if self.carries(f"option_{aspect}"):
                wanted = option.get("image_url" if aspect == "image" else aspect)
                self.differ(label, aspect, _number(wanted) if aspect == "tax_rate" else wanted, getattr(read, aspect))
        if self.carries("option_is_alcohol_true"):
            self.differ(label, "is_alcohol", option.get("is_alcohol") or None, read.is_alcohol)
        self.differ(label, "deposit", _number(option.get("deposit")) or None, read.deposit or None)
        self.choices(label, [self.groups[each] for each in option.get("modifier_groups") or []], read.groups)

    # ---- the restaurant

    def hours(self) -> None:
        restaurant = self.menu["restaurant"]
        if self.carries("hours") and restaurant.get("hours"):
            self.differ(restaurant["name"], "hours", _week(restaurant["hours"]), self.read.hours)
        if self.carries("special_hours"):
            wanted = _special(restaurant.get("special_hours") or [], restaurant.get("hours") or [])
            self.differ(restaurant["name"], "special hours", wanted, self.read.special_hours)


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _week(windows: list[Json]) -> Periods:
    return week(
        [(window["day"], window["start"], "23:59" if window["end"] == "24:00" else window["end"]) for window in windows]
    )


def _special(days: list[Json], weekly: list[Json]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Cut special hours at midnight; a next date without special hours keeps its weekly ones beside."""
    result: dict[str, list[tuple[int, int]]] = {}
    late: dict[str, list[tuple[int, int]]] = {}
    for day in days:
        result[day["date"]] = []
        for window in day.get("windows") or []:
            start, end = minute(window["start"]), minute("23:59" if window["end"] == "24:00" else window["end"])
            if end <= start:
                following = datetime.fromordinal(datetime.fromisoformat(day["date"]).toordinal() + 1).date().isoformat()
                late.setdefault(following, []).append((0, end))
                end = 24 * 60
            result[day["date"]].append((start, end))
    for date, periods in late.items():
        if date not in result:
            weekday = DAYS[datetime.fromisoformat(date).weekday()]
            here = [(minute(each["start"]), minute(each["end"])) for each in weekly if each["day"] == weekday]
            result[date] = [(start, end if end > start else 24 * 60) for start, end in here]
        result[date] = periods + result[date]
    return {date: joined([each for each in periods if each[0] < each[1]]) for date, periods in result.items()}
