"""Which list of a sample holds which records of a menu, by its key, its place and what its entries have."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.drafting.sample import Form, words

_MENU = {"menu", "menus"}
_CATEGORY = {"category", "categories", "section", "sections", "subcategory", "subcategories", "subsections"}
_ITEM = {"item", "items", "dish", "dishes", "product", "products", "meals", "articles", "entities"}
_GROUP = {"group", "groups", "modifiers", "extras", "addons", "lists", "list", "prompts", "choices", "toppings", "add"}
_OPTION = {"option", "options", "modifier", "modifiers", "choice", "choices", "choose"}
_SIZE = {"size", "sizes", "sku", "skus", "variation", "variations", "variants"}
_HOURS = {"hours", "availability", "opening", "periods", "schedule", "schedules", "visibility", "times", "rules"}
_SPECIAL = {"special", "holiday", "holidays", "exceptions", "date", "dates"}
_ADD_ON = {"modifier", "option", "extra", "addon"}
_BOUNDS = {"min", "max", "minimum", "maximum"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a field stands: the kind of record, its name in formulas, and the loops' names so far."""

    kind: str
    name: str
    names: tuple[str, ...] = ()
    position: str = ""

    @property
    def pictured(self) -> bool:
        """Tell whether the record, or what it is a part of, has a picture."""
        return self.name.removeprefix("inner_") in ("restaurant", "category", "item", "option")

    @property
    def part(self) -> Scope:
        """The scope inside something that the record has and the menu does not know."""
        return replace(self, kind=f"part of {self.kind}")

    def formula(self, field: str) -> str:
        """Give the formula of a field of this record."""
        return f"= {self.name}.{field}"


ROOT = Scope("menu", "restaurant")

SOURCES: dict[tuple[str, str], str] = {
    ("menu", "category"): "menu.categories",
    ("category", "category"): "{name}.subcategories",
    ("menu", "item"): "menu.items",
    ("category", "item"): "{name}.items",
    ("menu", "group"): "menu.modifier_groups",
    ("item", "group"): "{name}.modifier_groups",
    ("option", "group"): "{name}.modifier_groups",
    ("menu", "option"): "menu.options",
    ("item", "option"): "{name}.modifier_groups[].options[]",
    ("option", "option"): "{name}.modifier_groups[].options[]",
    ("group", "option"): "{name}.options",
    ("item", "size"): "{name}.sizes_or_one",
    ("menu", "window"): "restaurant.hours",
    ("category", "window"): "{name}.hours",
    ("item", "window"): "{name}.hours",
    ("category", "day"): "{name}.hours_by_day",
    ("item", "day"): "{name}.hours_by_day",
    ("day", "window"): "{name}.windows",
    ("menu", "day"): "restaurant.hours_by_day",
    ("menu", "special"): "restaurant.special_hours",
    ("special", "window"): "{name}.windows",
}
"""What a list of records of a kind loops over, by the kind of record that it stands in."""

_NAMES = {"special": "date", "window": "window"}


def inner(scope: Scope, kind: str) -> tuple[Scope, str] | None:
    """Give the scope inside a loop over records of a kind, and what it loops over; None where there are none there."""
    source = SOURCES.get((scope.kind, kind)) or (SOURCES.get(("menu", kind)) if kind != "category" else None)
    if source is None:
        return None
    name = _NAMES.get(kind, kind)
    while name in scope.names:
        name = f"inner_{name}"
    return Scope(kind, name, (*scope.names, name)), source.format(name=scope.name)


def kind_of(key: str, entries: Form, scope: Scope) -> str:
    """Tell what records the entries of a list are; empty where nothing says.

    >>> from pipeline.drafting.sample import form_of
    >>> kind_of("products", form_of({"name": "Soup", "price": 5}), ROOT)
    'item'
    """
    found = words(key)
    named = set(found)
    last = found[-1] if found else ""
    has = {word for name in entries.fields for word in words(name)}
    timed = "time" in has or has & {"open", "opening", "close", "closing", "from"}
    if scope.kind == "day":
        return "window"
    if has & {"day", "days"} and (timed or named & _HOURS):
        inside = any(inner.entries is not None and inner.entries.fields for inner in entries.fields.values())
        return "day" if inside else "window"
    if named & _SPECIAL and "date" in has:
        return "special"
    if named & _HOURS and timed:
        return "window"
    if named & (_SIZE - {"variations"}) or (named & _SIZE and scope.kind == "item"):
        return "size" if scope.kind == "item" else ""
    if scope.kind == "group":
        return "option" if named & (_OPTION | _GROUP | _ITEM | {"values", "variations"}) or "price" in has else ""
    if scope.kind in ("item", "option"):
        if named & (_GROUP | _OPTION | _ADD_ON):
            return "group" if _has_options(entries) or has & _BOUNDS else "option"
        return ""
    if last in _CATEGORY or named & _CATEGORY:
        return "category"
    if named & _ADD_ON or last in _GROUP | _OPTION:
        return _group_or_option(named, has, entries)
    if named & _ITEM:
        return "item"
    return ""


def kind_of_word(word: str) -> str:
    """Tell what records a type's word means, such as ``MODIFIER_LIST``; empty where nothing says."""
    named = set(words(word.lower()))
    if named & _CATEGORY:
        return "category"
    if "variation" in named or named & _SIZE:
        return "size"
    if named & {"list", "group"} and named & (_ADD_ON | _OPTION):
        return "group"
    if named & (_OPTION | {"topping"}):
        return "option"
    return "item" if named & _ITEM else ""


def is_menu(key: str) -> bool:
    """Tell whether a list holds whole menus: this product sends one."""
    found = words(key)
    return bool(found) and found[-1] in _MENU


def _group_or_option(named: set[str], has: set[str], entries: Form) -> str:
    if named & {"group", "groups", "lists", "prompts"} or (has & _BOUNDS and "price" not in has):
        return "group"
    return "group" if _has_options(entries) and "price" not in has else "option"


def _has_options(form: Form) -> bool:
    """Tell whether entries have a list of choices."""
    choices = _OPTION | _ADD_ON | _ITEM | {"values", "variations"}
    return any(
        inner.fields or (inner.entries is not None and inner.entries.fields)
        for key, inner in form.fields.items()
        if set(words(key)) & choices
    )
