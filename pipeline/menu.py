"""The internal menu: what the menu service returns, with optional richer fields.

Records are typed and decoded straight from JSON bytes (:mod:`pipeline.reading`). References are
ids; nothing is resolved or changed here. What a mapping sees is made of it by
:mod:`pipeline.shaping`. Prices are exact decimals in the restaurant's currency.

The records refuse fields that they do not know, so that the decoder tells at no cost whether there
are any; :mod:`pipeline.reading` then keeps them in ``extra``. A field of that name in the input holds
such fields, too, which lets a written menu be read again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# Bounds that the decoder itself checks while it reads.
MAX_TEXT = 10_000
Id = Annotated[str, Meta(min_length=1, max_length=1_000)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Code = Annotated[str, Meta(max_length=100)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Positive = Annotated[int, Meta(ge=1, le=1_000_000)]
Position = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]


class Translation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One language's texts of a record."""

    name: Text | None = None
    description: Text | None = None


class OpeningWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A weekly period, store-local ``HH:MM``; an end at or before the start runs past midnight."""

    day: Day
    start: Code
    end: Code


class TimeRange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A period of one date, store-local ``HH:MM``."""

    start: Code
    end: Code


class SpecialDay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of one calendar date (``YYYY-MM-DD``) in place of the weekly ones."""

    date: Code
    closed: bool = False
    windows: list[TimeRange] = []


class Restaurant(Struct, kw_only=True, forbid_unknown_fields=True):
    """The restaurant a menu belongs to. ``currency`` is ISO 4217, ``locale`` BCP 47."""

    restaurant_id: Id
    name: Name
    currency: Code
    locale: Code
    timezone: Code
    description: Text | None = None
    hours: list[OpeningWindow] | None = None
    special_hours: list[SpecialDay] | None = None
    image_url: Text | None = None
    phone: Text | None = None
    address: Text | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Category(Struct, kw_only=True, forbid_unknown_fields=True):
    """A menu section; ``parent_category`` is the id of the one it stands in."""

    category_id: Id
    name: Name
    restaurant_id: Id | None = None
    description: Text | None = None
    display_order: Position = 0
    parent_category: Id | None = None
    hours: list[OpeningWindow] | None = None
    image_url: Text | None = None
    hidden: bool = False
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Size(Struct, kw_only=True, forbid_unknown_fields=True):
    """One size of a dish, with its whole price (not a surcharge)."""

    size_id: Id
    name: Name
    price: Decimal
    prices: dict[str, Decimal] = {}
    availability: bool = True
    is_default: bool = False
    calories: Count | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class BundleEntry(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A dish that a bundle contains."""

    item_id: Id
    quantity: Positive = 1


class Item(Struct, kw_only=True, forbid_unknown_fields=True):
    """A dish. ``category`` is a category id or a free tag; ``tax_rate`` is in percent.

    ``allergens`` and ``dietary`` are three-valued: null is unknown, ``[]`` is known to be none.
    """

    item_id: Id
    name: Name
    price: Decimal
    restaurant_id: Id | None = None
    description: Text | None = None
    category: Text | None = None
    categories: list[Text] | None = None
    availability: bool = True
    sold_out_until: Code | None = None
    hidden: bool = False
    allergens: list[Text] | None = None
    dietary: list[Text] | None = None
    prices: dict[str, Decimal] = {}
    image_url: Text | None = None
    hours: list[OpeningWindow] | None = None
    calories: Count | None = None
    nutrition: dict[str, Decimal] = {}
    is_alcohol: bool | None = None
    tax_rate: Decimal | None = None
    deposit: Decimal | None = None
    sizes: list[Size] = []
    bundle: list[BundleEntry] = []
    modifier_groups: list[Id] = []
    display_order: Position | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Option(Struct, kw_only=True, forbid_unknown_fields=True):
    """A choice of a modifier group; its id is unique only inside the group; its price is a surcharge."""

    option_id: Id
    name: Name
    price: Decimal = Decimal(0)
    description: Text | None = None
    prices: dict[str, Decimal] = {}
    availability: bool = True
    sold_out_until: Code | None = None
    hidden: bool = False
    is_default: bool = False
    default_quantity: Count | None = None
    max_quantity: Positive | None = None
    charge_above: Count | None = None
    image_url: Text | None = None
    calories: Count | None = None
    is_alcohol: bool | None = None
    tax_rate: Decimal | None = None
    deposit: Decimal | None = None
    modifier_groups: list[Id] = []
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class ModifierGroup(Struct, kw_only=True, forbid_unknown_fields=True):
    """A titled list of options; a null ``max_select`` means no limit."""

    modifier_group_id: Id
    name: Name
    options: list[Option]
    description: Text | None = None
    min_select: Count = 0
    max_select: Positive | None = None
    free_select: Count | None = None
    translations: dict[str, Translation] = {}
    extra: dict[str, Any] = field(default_factory=dict)


class Menu(Struct, kw_only=True, forbid_unknown_fields=True):
    """One restaurant's whole menu. ``version`` orders menus of one restaurant, where the source has one."""

    restaurant: Restaurant
    categories: list[Category]
    items: list[Item]
    modifier_groups: list[ModifierGroup] = []
    version: Text | None = None
