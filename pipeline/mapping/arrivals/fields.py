"""The internal menu's fields, and which fields of the views carry each of them.

A mapping never reads the menu itself, but views that :mod:`pipeline.shaping` makes of it for one
platform. What a mapping's ``shape`` section asks for decides what a view's field is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pipeline.mapping.expressions.scope import ChangesView, ChangeView
from pipeline.mapping.form.menu import ShapeForm
from pipeline.mapping.types import fields_of
from pipeline.menu import Category, Item, ModifierGroup, Option, Restaurant, Size
from pipeline.shaping.views import (
    CategoryView,
    GroupView,
    ItemView,
    MenuView,
    OptionView,
    RestaurantView,
    ScheduleView,
    SizeView,
)

RECORDS: dict[str, type] = {
    "restaurant": Restaurant,
    "category": Category,
    "item": Item,
    "size": Size,
    "group": ModifierGroup,
    "option": Option,
}
"""The menu's records by the word that mappings know them by."""

NOT_FOR_PLATFORMS = frozenset({"category.restaurant_id", "item.restaurant_id"})
"""Fields that only say to whose menu a record belongs."""

ENTITIES = (
    MenuView, RestaurantView, CategoryView, ItemView, SizeView, GroupView, OptionView, ScheduleView,
    ChangesView, ChangeView,
)  # fmt: skip
"""Views whose fields stand for fields of the menu; what other views hold belongs to the field it was reached by."""

_VIEWS: dict[str, type] = {
    "restaurant": RestaurantView,
    "category": CategoryView,
    "item": ItemView,
    "size": SizeView,
    "group": GroupView,
    "option": OptionView,
}
_HOURS = ("hours", "hours_split", "hours_by_day", "hours_by_time")
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "image_url": ("image",),
    "availability": ("sold_out", "availability"),
    "hours": _HOURS,
    "special_hours": ("special_hours", "special_hours_split"),
    "locale": ("locale", "language"),
    "allergens": ("allergens", "allergen_codes", "allergens_unknown"),
    "dietary": ("dietary", "dietary_unknown"),
    "parent_category": ("parent_id", "path", "subcategories"),
    "sizes": ("sizes", "sizes_or_one"),
    "option_id": ("option_id", "key"),
    "size_id": ("size_id", "key"),
}
"""Menu fields that views know by other names."""

SIZES = ("size_id", "name", "price", "prices", "availability", "is_default", "calories", "translations")


@dataclass(frozen=True, slots=True)
class Carried:
    """A menu field inside a view's field; ``limit`` says what of it is there, empty where all is."""

    row: str
    limit: str = ""


Carriers: TypeAlias = Mapping[tuple[type, str], tuple[Carried, ...]]
Carry: TypeAlias = Callable[..., None]


def rows() -> Iterator[str]:
    """Give the menu's fields, such as ``item.price``, in declared order.

    >>> "option.charge_above" in rows()
    True
    """
    for word, record in RECORDS.items():
        for name in fields_of(record):
            row = f"{word}.{name}"
            if name != "extra" and row not in NOT_FOR_PLATFORMS:
                yield row


def carriers(shape: ShapeForm | None) -> Carriers:
    """Give for each view's field the menu fields that it carries under a shape."""
    found: dict[tuple[type, str], list[Carried]] = {}

    def carry(view: type, name: str, row: str, limit: str = "") -> None:
        found.setdefault((view, name), []).append(Carried(row, limit))

    for row in rows():
        word, _, name = row.partition(".")
        for other in _OTHER_NAMES.get(name, (name,)):
            if other in fields_of(_VIEWS[word]):
                carry(_VIEWS[word], other, row)
    for word in _VIEWS:
        carry(_VIEWS[word], "extra", f"{word}.extra")
    for hours in _HOURS:
        carry(ScheduleView, hours, "category.hours")
        carry(ScheduleView, hours, "item.hours")
    # Where a dish stands, and in which order, is what the category tree is.
    for row in ("item.category", "item.categories", "item.display_order"):
        carry(CategoryView, "items", row)
    carry(ItemView, "category_ids", "item.category")
    carry(ItemView, "category_ids", "item.categories")
    carry(MenuView, "items", "item.display_order")
    for name in ("categories", "all_categories"):
        carry(MenuView, name, "category.display_order")
    carry(CategoryView, "subcategories", "category.display_order")
    carry(GroupView, "available_options", "option.availability")
    carry(GroupView, "option_keys", "option.option_id")
    carry(GroupView, "item_ids", "item.modifier_groups")
    _carry_shaped(shape, carry)
    return {key: tuple(dict.fromkeys(values)) for key, values in found.items()}


def _carry_shaped(shape: ShapeForm | None, carry: Carry) -> None:
    """Add what the shape turns into something else."""
    sizes_stay = shape is not None and shape.sizes == "keep"
    if not sizes_stay:
        carry(ItemView, "modifier_groups", "item.sizes")
        carry(GroupView, "name", "restaurant.locale", "the word for `size`")
        for name in SIZES:
            for other in _OTHER_NAMES.get(name, (name,)):
                if other in fields_of(OptionView):
                    carry(OptionView, other, f"size.{name}")
    else:
        carry(ItemView, "price", "size.price", "the cheapest size's")
    if shape is None:
        return
    if shape.prices is not None and shape.prices.channels:
        channels = ", ".join(shape.prices.channels)
        limit = f"the first there is of {channels}" if len(shape.prices.channels) > 1 else f"only {channels}"
        carry(ItemView, "price", "item.prices", limit)
        carry(OptionView, "price", "option.prices", limit)
        carry(SizeView if sizes_stay else OptionView, "price", "size.prices", limit)
    if shape.locale is not None:
        chosen = "the language that `shape.locale` chooses"
        for word, view in _VIEWS.items():
            if "translations" in fields_of(RECORDS[word]):
                carry(view, "name", f"{word}.translations", chosen)
                carry(view, "description", f"{word}.translations", chosen)
        if not sizes_stay:
            carry(OptionView, "name", "size.translations", chosen)
    if shape.category_nesting is not None:
        levels = shape.category_nesting.levels
        limit = f"below level {levels} the categories' names are joined"
        carry(CategoryView, "name", "category.parent_category", limit)


def settled(shape: ShapeForm | None) -> dict[str, str]:
    """Give the menu fields that shaping itself acts on, each with what it does."""
    found = {"category.hidden": "hidden categories are left out"}
    if shape is None or shape.hidden_items == "drop":
        found |= {"item.hidden": "hidden dishes are left out", "option.hidden": "hidden options are left out"}
    if shape is not None and shape.unavailable_items == "drop":
        found["item.availability"] = "sold out dishes are left out"
    return found
