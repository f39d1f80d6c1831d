"""What a mapping sees: views made of the internal menu for one platform.

Formulas stay plain paths because everything is resolved here. Links upwards are ids, so the tree
has no cycles. The mapping language takes its names and types from these annotations: a field that
is added here exists in formulas, in the checks and in the editor's completion. Without cycles the
views need no garbage collector (``gc=False``), which is why nothing may refer back to its owner.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from pipeline.menu import Day

ClockTime = Annotated[
    str, Meta(description="HH:MM, 24:00 at the day's end", max_length=5, pattern=r"\d\d:\d\d", examples=["09:30"])
]
Date = Annotated[
    str, Meta(description="YYYY-MM-DD", max_length=10, pattern=r"\d{4}-\d\d-\d\d", examples=["2026-12-24"])
]
Currency = Annotated[str, Meta(min_length=3, max_length=3, pattern="[A-Z]{3}", examples=["USD"])]
Language = Annotated[str, Meta(max_length=3, pattern="[a-z]{2,3}", examples=["en"])]
Words = Annotated[str, Meta(max_length=10_000)]
Instant = Annotated[str, Meta(description="RFC 3339 with offset")]
ImageType = Literal["jpg", "png", "webp", "gif", "avif", "svg"]
Allergen = Literal[
    "gluten", "wheat", "rye", "barley", "oats", "spelt", "crustaceans", "eggs", "fish", "peanuts", "soya", "milk",
    "nuts", "almonds", "hazelnuts", "walnuts", "cashews", "pecans", "brazil_nuts", "pistachios", "macadamias",
    "celery", "mustard", "sesame", "sulphites", "lupin", "molluscs",
]  # fmt: skip
Dietary = Literal["vegetarian", "vegan", "halal", "kosher", "gluten_free", "lactose_free", "organic"]


class Window(Struct, gc=False):
    """One opening period. ``minutes`` is its length; ``end_day`` is the day it ends on."""

    day: Day
    start: ClockTime
    end: ClockTime
    end_day: Day
    minutes: int
    past_midnight: bool


class DayWindows(Struct, gc=False):
    """All periods of one weekday."""

    day: Day
    windows: list[Window]


class TimeWindows(Struct, gc=False):
    """A period and every weekday that has it; ``key`` names the period."""

    start: ClockTime
    end: ClockTime
    days: list[Day]
    key: str


class DateWindow(Struct, gc=False):
    """One period of a calendar date."""

    start: ClockTime
    end: ClockTime
    minutes: int
    past_midnight: bool


class SpecialHours(Struct, gc=False):
    """One calendar date's hours; ``windows`` is empty when closed."""

    date: Date
    closed: bool
    windows: list[DateWindow]


class ScheduleView(Struct, gc=False):
    """Distinct hours of categories and items, each once."""

    schedule_id: str
    hours: list[Window]
    hours_split: list[Window]
    hours_by_day: list[DayWindows]
    hours_by_time: list[TimeWindows]


class TranslationView(Struct, gc=False):
    """One language's texts."""

    name: Words | None
    description: Words | None


class ImageView(Struct, gc=False):
    """A picture's address; ``type`` is told by the path's ending, null where it tells nothing."""

    url: str
    type: ImageType | None
    has_query: bool


class RestaurantView(Struct, gc=False):
    """The restaurant, with its hours in every shape; hours are null where unknown.

    ``special_hours_split`` is cut at midnight: what runs past it stands on the next date, beside that date's own hours.
    """

    restaurant_id: str
    name: Words
    description: Words | None
    currency: Currency
    locale: str
    language: Language
    timezone: str
    phone: str | None
    address: str | None
    image: ImageView | None
    hours: list[Window] | None
    hours_split: list[Window] | None
    hours_by_day: list[DayWindows] | None
    hours_by_time: list[TimeWindows] | None
    special_hours: list[SpecialHours] | None
    translations: dict[str, TranslationView]
    extra: dict[str, Any]
    special_hours_split: list[SpecialHours] | None = None


class OptionView(Struct, gc=False):
    """A choice, once per group. ``key`` is unique over all items and options of the menu."""

    option_id: str
    key: str
    group_id: str
    name: Words
    description: Words | None
    price: Decimal
    prices: dict[str, Decimal]
    sold_out: bool
    sold_out_until: Instant | None
    hidden: bool
    is_default: bool
    default_quantity: int | None
    max_quantity: int | None
    charge_above: int | None
    image: ImageView | None
    calories: int | None
    is_alcohol: bool | None
    tax_rate: Decimal | None
    deposit: Decimal | None
    modifier_groups: list[GroupView]
    translations: dict[str, TranslationView]
    extra: dict[str, Any]


class GroupView(Struct, gc=False):
    """A modifier group. ``max_select`` null: no limit. ``available_options`` are not sold out or hidden."""

    modifier_group_id: str
    name: Words
    description: Words | None
    min_select: int
    max_select: int | None
    free_select: int | None
    options: list[OptionView]
    available_options: list[OptionView]
    item_ids: list[str]
    option_keys: list[str]
    translations: dict[str, TranslationView]
    extra: dict[str, Any]


class SizeView(Struct, gc=False):
    """A size of a dish with its whole price; ``key`` is unique over all items and options."""

    size_id: str
    key: str
    item_id: str
    name: Words | None
    price: Decimal
    prices: dict[str, Decimal]
    sold_out: bool
    is_default: bool
    calories: int | None
    translations: dict[str, TranslationView]
    extra: dict[str, Any]


class BundleView(Struct, gc=False):
    """A dish inside a bundle; ``price`` is what it costs alone."""

    item_id: str
    name: Words
    quantity: int
    price: Decimal


class ItemView(Struct, gc=False):
    """A dish. ``price`` is the one for this platform (channel and markup applied)."""

    item_id: str
    name: Words
    description: Words | None
    price: Decimal
    prices: dict[str, Decimal]
    sizes: list[SizeView]
    sizes_or_one: list[SizeView]
    availability: bool
    sold_out: bool
    sold_out_until: Instant | None
    hidden: bool
    image: ImageView | None
    dietary: list[Dietary] | None
    dietary_unknown: list[str]
    allergens: list[str] | None
    allergen_codes: list[Allergen] | None
    allergens_unknown: list[str]
    calories: int | None
    nutrition: dict[str, Decimal]
    is_alcohol: bool | None
    tax_rate: Decimal | None
    deposit: Decimal | None
    bundle: list[BundleView]
    category_ids: list[str]
    modifier_groups: list[GroupView]
    schedule_id: str | None
    hours: list[Window] | None
    hours_split: list[Window] | None
    hours_by_day: list[DayWindows] | None
    hours_by_time: list[TimeWindows] | None
    translations: dict[str, TranslationView]
    extra: dict[str, Any]


class CategoryView(Struct, gc=False):
    """A section of the shaped tree; ``path`` holds the names from the root down to it."""

    category_id: str
    name: Words
    description: Words | None
    path: list[str]
    parent_id: str | None
    items: list[ItemView]
    subcategories: list[CategoryView]
    image: ImageView | None
    schedule_id: str | None
    hours: list[Window] | None
    hours_split: list[Window] | None
    hours_by_day: list[DayWindows] | None
    hours_by_time: list[TimeWindows] | None
    translations: dict[str, TranslationView]
    extra: dict[str, Any]


class MenuView(Struct, gc=False):
    """The shaped menu: the category tree, and each kind of record once, only what is still reachable."""

    categories: list[CategoryView]
    all_categories: list[CategoryView]
    items: list[ItemView]
    modifier_groups: list[GroupView]
    options: list[OptionView]
    images: list[ImageView]
    schedules: list[ScheduleView]
