"""What the payloads written by hand share: cleaned texts, prices, the category tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]
TAGS = {
    "vegetarian": "TAG_KEY_DIETARY_VEGETARIAN",
    "vegan": "TAG_KEY_DIETARY_VEGAN",
    "gluten_free": "TAG_KEY_DIETARY_GLUTEN_FREE",
}
GRUBHUB_TAGS = {"vegetarian": "VEGETARIAN", "vegan": "VEGAN", "gluten_free": "GLUTEN_FREE", "kosher": "KOSHER"}
SPACES = re.compile(r"\s+")


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


def day_end(time: str) -> str:
    return "23:59:59" if time == "24:00" else time


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
