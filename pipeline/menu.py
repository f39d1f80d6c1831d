"""The internal menu: what the menu service returns, with optional richer fields.

Records are typed and decoded straight from JSON bytes (:mod:`pipeline.reading`). References are
ids; nothing is resolved or changed here. What a mapping sees is made of it by
:mod:`pipeline.shaping`. Prices are exact decimals in the restaurant's currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct, field

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Translation(Struct, frozen=True, kw_only=True, gc=False):
    """One language's texts of a record."""

    name: str | None = None
    description: str | None = None


class OpeningWindow(Struct, frozen=True, kw_only=True, gc=False):
    """A weekly period, store-local ``HH:MM``; an end at or before the start runs past midnight."""

    day: Day
    start: str
    end: str


class TimeRange(Struct, frozen=True, kw_only=True, gc=False):
    """A period of one date, store-local ``HH:MM``."""

    start: str
    end: str


class SpecialDay(Struct, frozen=True, kw_only=True):
    """Hours of one calendar date (``YYYY-MM-DD``) in place of the weekly ones."""

    date: str
    closed: bool = False
    windows: list[TimeRange] = []


class Restaurant(Struct, kw_only=True):
    """The restaurant a menu belongs to. ``currency`` is ISO 4217, ``locale`` BCP 47."""

    restaurant_id: str
    name: str
    currency: str
    locale: str
    timezone: str
    description: str | None = None
    hours: list[OpeningWindow] | None = None
    special_hours: list[SpecialDay] | None = None
    image_url: str | None = None
    phone: str | None = None
    address: str | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Category(Struct, kw_only=True):
    """A menu section; ``parent_category`` is the id of the one it stands in."""

    category_id: str
    name: str
    restaurant_id: str | None = None
    description: str | None = None
    display_order: int = 0
    parent_category: str | None = None
    hours: list[OpeningWindow] | None = None
    image_url: str | None = None
    hidden: bool = False
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Size(Struct, kw_only=True):
    """One size of a dish, with its whole price (not a surcharge)."""

    size_id: str
    name: str
    price: Decimal
    prices: dict[str, Decimal] = {}
    availability: bool = True
    is_default: bool = False
    calories: int | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class BundleEntry(Struct, kw_only=True, gc=False):
    """A dish that a bundle contains."""

    item_id: str
    quantity: int = 1


class Item(Struct, kw_only=True):
    """A dish. ``category`` is a category id or a free tag; ``tax_rate`` is in percent.

    ``allergens`` and ``dietary`` are three-valued: null is unknown, ``[]`` is known to be none.
    """

    item_id: str
    name: str
    price: Decimal
    restaurant_id: str | None = None
    description: str | None = None
    category: str | None = None
    categories: list[str] | None = None
    availability: bool = True
    sold_out_until: str | None = None
    hidden: bool = False
    allergens: list[str] | None = None
    dietary: list[str] | None = None
    prices: dict[str, Decimal] = {}
    image_url: str | None = None
    hours: list[OpeningWindow] | None = None
    calories: int | None = None
    nutrition: dict[str, Decimal] = {}
    is_alcohol: bool | None = None
    tax_rate: Decimal | None = None
    deposit: Decimal | None = None
    sizes: list[Size] = []
    bundle: list[BundleEntry] = []
    modifier_groups: list[str] = []
    display_order: int | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Option(Struct, kw_only=True):
    """A choice of a modifier group; its id is unique only inside the group; its price is a surcharge."""

    option_id: str
    name: str
    price: Decimal = Decimal(0)
    description: str | None = None
    prices: dict[str, Decimal] = {}
    availability: bool = True
    sold_out_until: str | None = None
    hidden: bool = False
    is_default: bool = False
    default_quantity: int | None = None
    max_quantity: int | None = None
    charge_above: int | None = None
    image_url: str | None = None
    calories: int | None = None
    is_alcohol: bool | None = None
    tax_rate: Decimal | None = None
    deposit: Decimal | None = None
    modifier_groups: list[str] = []
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class ModifierGroup(Struct, kw_only=True):
    """A titled list of options; a null ``max_select`` means no limit."""

    modifier_group_id: str
    name: str
    options: list[Option]
    description: str | None = None
    min_select: int = 0
    max_select: int | None = None
    free_select: int | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Menu(Struct, kw_only=True):
    """One restaurant's whole menu. ``version`` orders menus of one restaurant, where the source has one."""

    restaurant: Restaurant
    categories: list[Category]
    items: list[Item]
    modifier_groups: list[ModifierGroup] = []
    version: str | None = None
