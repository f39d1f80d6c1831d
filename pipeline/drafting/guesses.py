"""What a field of a sample was probably made of: a table of words, and forms of values.

The first row of :data:`GUESSES` that fits gives the formula. A row fits by the field's own words, by
the kind of record that it stands in, and by its values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline.drafting.entities import Scope
from pipeline.drafting.sample import Form, words
from pipeline.drafting.writing import Branch, Leaf, Tree
from pipeline.menu import DAYS

CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
WITH_CURRENCY = re.compile(r"-?\d+(\.\d+)? [A-Z]{3}")
LOCALE = re.compile(r"[a-z]{2}([-_][A-Za-z]{2,4})?")
RECORDS = frozenset({"category", "item", "group", "option", "size"})
PRICED = frozenset({"item", "option", "size"})


@dataclass(slots=True)
class Needs:
    """What a draft's formulas need beside the payload: chains, tables, store settings."""

    chains: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A field with all that a guess may look at; ``around`` are the words of the keys between record and field."""

    key: str
    own: frozenset[str]
    around: frozenset[str]
    scope: Scope
    form: Form
    needs: Needs

    @property
    def sample(self) -> Any:
        """One value of the sample, the first that says something."""
        return next((value for value in self.form.known if value != ""), None)


Make = Callable[[Place], "Tree | None"]


@dataclass(frozen=True, slots=True)
class Guess:
    """One row: any of ``of`` among the field's words, in records of these ``kinds`` (empty: all)."""

    of: frozenset[str]
    make: Make
    kinds: frozenset[str] = frozenset()

    def fits(self, place: Place) -> bool:
        """Tell whether the row speaks of a field."""
        return bool(self.of & place.own) and (not self.kinds or place.scope.kind in self.kinds)


def guess(key: str, around: frozenset[str], scope: Scope, form: Form, needs: Needs) -> Tree | None:
    """Give the formula of a field, or None where nothing fits."""
    place = Place(key, frozenset(words(key)), around, scope, form, needs)
    for row in GUESSES:
        if row.fits(place):
            found = row.make(place)
            if found is not None:
                return found
    return None


def formula(text: str, check: str = "") -> Leaf:
    """Give a formula's leaf."""
    return Leaf(text, formula=True, check=check)


# Prices ------------------------------------------------------------------------------------------


def price(place: Place) -> Tree | None:
    """Guess an amount of money and its unit from the sample's values."""
    numbers = [value for value in place.form.known if not isinstance(value, bool)]
    if not numbers or place.scope.kind not in PRICED:
        return None
    source = place.scope.formula("price")
    if place.own & {"pickup", "collection"}:
        source = f"= not_null({place.scope.name}.prices.pickup, {place.scope.name}.price)"
    if all(isinstance(value, int) for value in numbers):
        place.needs.chains["cents"] = "[minor_units]"
        unsure = "" if any(value >= 100 for value in numbers) else "the sample does not show whether this is in cents"
        return formula(f"{source} -> cents", unsure)
    if all(isinstance(value, (int, Decimal)) for value in numbers):
        place.needs.chains["money"] = "[{decimal: 2}]"
        return formula(f"{source} -> money")
    texts = place.form.texts
    if len(texts) == len(numbers) and all(NUMBER.fullmatch(text) for text in texts):
        place.needs.chains["money_text"] = "[{decimal: 2}, string]"
        return formula(f"{source} -> money_text")
    if texts and all(WITH_CURRENCY.fullmatch(text) for text in texts):
        place.needs.chains["money"] = "[{decimal: 2}]"
        text = f"{{{place.scope.name}.price -> money}} {{restaurant.currency}}"
        return Branch([("$text", Leaf(text))])
    return None


def amount(place: Place) -> Tree | None:
    """Guess an amount inside an object that is a price."""
    return price(place) if place.around & {"price", "money", "cost"} else None


def currency(place: Place) -> Tree | None:
    """Guess the currency's code."""
    return formula("= restaurant.currency") if _all_texts(place, r"[A-Z]{3}") else None


# Texts, ids, languages ---------------------------------------------------------------------------


def name(place: Place) -> Tree | None:
    """Guess a name."""
    others = {"internal", "first", "last", "user", "provider", "file", "type"}
    if place.own & others or place.around & {"unit", "tax", "brand", "tags", "supplier"} or not place.form.texts:
        return None
    if place.scope.kind in RECORDS:
        return formula(place.scope.formula("name"))
    return (
        formula("= restaurant.name", "the restaurant's name stands for the menu's")
        if place.scope.kind == "menu"
        else None
    )


def description(place: Place) -> Tree | None:
    """Guess a description."""
    if place.scope.kind not in RECORDS - {"size"} | {"menu"} or not (place.form.texts or not place.form.known):
        return None
    text = formula(place.scope.formula("description"))
    if "html" in place.own:
        text.value += " -> html"
    return text


def text_in_language(place: Place) -> Tree | None:
    """Guess a text by what the object around it is called: ``title: {text: …}``."""
    if place.around & {"name", "title", "label", "labels"}:
        return name(place)
    return description(place) if place.around & {"description", "subtitle"} else None


def identity(place: Place) -> Tree | None:
    """Guess an id: of the record itself, of its category, or one that is set per store."""
    own, kind = place.own, place.scope.kind
    if not any(isinstance(value, (str, int)) and not isinstance(value, bool) for value in place.form.known):
        return None
    if own & {"parent"} and kind == "category":
        return formula(place.scope.formula("parent_id"))
    if own & {"category", "section"} and kind == "item":
        return formula(
            f"= {place.scope.name}.category_ids[0]", "a dish can stand in several categories; this is the first"
        )
    if kind == "menu":
        return menu_identity(place)
    fields = {
        "category": "category_id",
        "item": "item_id",
        "group": "modifier_group_id",
        "option": "key",
        "size": "key",
    }
    if "item" in own and kind == "size":
        return formula(place.scope.formula("item_id"))
    of_others = {"tax", "schedule", "image", "brand", "site", "location", "media", "job", "variation"}
    if kind not in fields or (own | place.around) & of_others or ("list" in own and kind != "group"):
        return None
    return formula(place.scope.formula(fields[kind]))


def menu_identity(place: Place) -> Tree | None:
    """Guess an id outside of all lists: the menu's, or one that every store has its own of."""
    if place.own & {"reference", "idempotency", "job", "request", "operation"}:
        return formula("= operation.reference", "made anew for each publish")
    if place.around & STORE or (place.own & STORE and "menu" not in place.around):
        return setting(place)
    return formula("= restaurant.restaurant_id")


STORE = frozenset(
    {"store", "stores", "site", "sites", "location", "locations", "merchant", "brand", "shop", "outlet", "venue"}
)


def setting(place: Place) -> Tree | None:
    """Make a store setting, with the sample's value as its example."""
    if not isinstance(place.sample, str):
        return None
    parts = [part for part in words(place.key) if part]
    if not set(parts) & (STORE | {"callback", "provider"}):
        parts = [*sorted(place.around & STORE)[:1], *parts]
    name = "_".join(parts) or "value"
    name = f"setting_{name}" if name[0].isdigit() else name
    place.needs.settings[name] = place.sample
    return formula(f"= store.{name}")


def language(place: Place) -> Tree | None:
    """Guess a language's code or a locale."""
    if not _all_texts(place, LOCALE.pattern):
        return None
    longer = any(len(text) > 3 for text in place.form.texts)
    return formula("= restaurant.locale" if longer else "= restaurant.language")


def contact(field_name: str) -> Make:
    """Guess a field of the restaurant."""

    def make(place: Place) -> Tree | None:
        return formula(f"= restaurant.{field_name}") if place.scope.kind == "menu" and place.form.texts else None

    return make


def picture(place: Place) -> Tree | None:
    """Guess a picture's address."""
    if not any(text.startswith(("http://", "https://")) for text in place.form.texts):
        return None
    about = (place.own | place.around) & {
        "image",
        "images",
        "photo",
        "picture",
        "media",
        "gallery",
        "thumbnail",
        "logo",
        "header",
    }
    if not about or not place.scope.pictured:
        return None
    return formula(place.scope.formula("image.url"))


# Choices and quantities --------------------------------------------------------------------------


def least(place: Place) -> Tree | None:
    """Guess the least number of choices."""
    return formula(place.scope.formula("min_select")) if _all_integers(place) and _counts_choices(place) else None


def most(place: Place) -> Tree | None:
    """Guess the largest number of choices."""
    group = place.scope.name
    if not place.form.known and _counts_choices(place):
        return formula(f"= {group}.max_select")
    if not _all_integers(place) or not _counts_choices(place):
        return None
    return formula(
        f"= not_null({group}.max_select, length({group}.options))", "what the platform wants where there is no limit"
    )


def _counts_choices(place: Place) -> bool:
    """Tell a number of choices from one of how often the same may be chosen."""
    return not place.own & {"aggregate", "choice", "unit", "same"}


def whole(field_name: str) -> Make:
    """Guess a whole number of a record."""

    def make(place: Place) -> Tree | None:
        return formula(place.scope.formula(field_name)) if _all_integers(place) else None

    return make


def times(place: Place) -> Tree | None:
    """Guess how many times an option can be taken; a menu that says nothing means once."""
    return formula(f"= not_null({place.scope.name}.max_quantity, `1`)") if _all_integers(place) else None


def is_order(key: str) -> bool:
    """Tell whether a key means a position in a list."""
    found = words(key)
    return "sort" in found or (bool(found) and found[-1] in ("order", "position", "ordinal", "rank", "index"))


def order(place: Place) -> Tree | None:
    """Guess a position in a list."""
    known = bool(place.scope.position) and is_order(place.key) and _all_integers(place)
    unsure = "" if 0 in place.form.known else "this counts from 0, the sample does not: `{add: 1}` counts from 1"
    return formula(f"= {place.scope.position}", unsure) if known else None


def truth(field_name: str) -> Make:
    """Guess a yes or no."""

    def make(place: Place) -> Tree | None:
        return formula(place.scope.formula(field_name)) if _all_booleans(place) else None

    return make


def available(place: Place) -> Tree | None:
    """Guess whether something is not sold out."""
    return formula(f"= !({place.scope.name}.sold_out)") if _all_booleans(place) else None


def tax(place: Place) -> Tree | None:
    """Guess a tax rate in percent."""
    if place.own & {"id", "category", "label", "name"} or place.around & {"tax", "taxes"}:
        return None
    texts = place.form.texts
    if texts and all(NUMBER.fullmatch(text) for text in texts):
        return formula(f"{place.scope.formula('tax_rate')} -> string")
    numbers = [value for value in place.form.known if isinstance(value, (int, Decimal)) and not isinstance(value, bool)]
    if not numbers or len(numbers) != len(place.form.known):
        return None
    if all(0 <= value < 1 for value in numbers) and any(numbers):
        place.needs.chains["fraction"] = "[{multiply: 0.01}]"
        return formula(f"{place.scope.formula('tax_rate')} -> fraction")
    return formula(place.scope.formula("tax_rate"))


# Times -------------------------------------------------------------------------------------------


def clock(which: str) -> Make:
    """Guess the start or the end of a period."""

    def make(place: Place) -> Tree | None:
        texts = place.form.texts
        if place.scope.kind not in ("window", "special") or not texts or not all(map(CLOCK.fullmatch, texts)):
            return None
        special = place.scope.kind == "special"
        source = place.scope.formula(f"windows[0].{which}" if special else which)
        check = "only the first period of such a day is sent" if special else ""
        ((seconds, _),) = Counter(text[5:] for text in texts).most_common(1)
        if not seconds:
            return formula(source, check)
        place.needs.chains["clock"] = f'[{{suffix: "{seconds}"}}]'
        return formula(f"{source} -> clock", check)

    return make


def day(place: Place) -> Tree | None:
    """Guess a weekday, and make the table of its words."""
    field_name = "end_day" if place.own & {"closing", "end", "close", "to"} and place.scope.kind == "window" else "day"
    if place.scope.kind not in ("window", "day"):
        return None
    return weekday(place.form.known, f"{place.scope.name}.{field_name}", place.needs)


def weekday(values: list[Any], source: str, needs: Needs) -> Leaf | None:
    """Give the formula of a weekday that is written like some values."""
    table = _weekdays(values)
    if table is None:
        return None
    if all(word == own for own, word in table.items()):
        return formula(f"= {source}")
    needs.tables["day_words"] = table
    needs.chains["day"] = "[{lookup: day_words}]"
    return formula(f"= {source} -> day")


def date(place: Place) -> Tree | None:
    """Guess a special date."""
    if place.scope.kind != "special" or not _all_texts(place, DATE.pattern):
        return None
    return formula(place.scope.formula("date"))


def _weekdays(values: list[Any]) -> dict[str, Any] | None:
    texts = [value for value in values if isinstance(value, str)]
    if texts and len(texts) == len(values):
        prefix = next((text[: text.rindex("/") + 1] for text in texts if "/" in text), "")
        bare = [text.removeprefix(prefix) for text in texts]
        length = max(map(len, bare))
        style = str.upper if all(text.isupper() for text in bare) else str.title if bare[0][:1].isupper() else str.lower
        shown: dict[str, Any] = {name: prefix + style(name if length > 3 else name[:length]) for name in DAYS}
        return shown if length >= 2 and set(texts) <= set(shown.values()) else None
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    if numbers and len(numbers) == len(values) and all(0 <= number <= 7 for number in numbers):
        first = 0 if 0 in numbers else 1
        return {name: position + first for position, name in enumerate(DAYS)}
    return None


def _all_texts(place: Place, pattern: str) -> bool:
    texts = place.form.texts
    return bool(texts) and len(texts) == len(place.form.known) and all(re.fullmatch(pattern, text) for text in texts)


def _all_integers(place: Place) -> bool:
    known = place.form.known
    return bool(known) and all(isinstance(value, int) and not isinstance(value, bool) for value in known)


def _all_booleans(place: Place) -> bool:
    known = place.form.known
    return bool(known) and all(isinstance(value, bool) for value in known)


def _row(of: str, make: Make, kinds: str = "") -> Guess:
    return Guess(frozenset(of.split()), make, frozenset(kinds.split()))


GUESSES: tuple[Guess, ...] = (
    _row("start opening open from opens begin", clock("start"), "window special"),
    _row("end closing close to until closes", clock("end"), "window special"),
    _row("day days weekday", day, "window day"),
    _row("date start end", date, "special"),
    _row("closed", truth("closed"), "special"),
    _row("currency", currency),
    _row("language lang locale", language),
    _row("image images url photo picture src", picture),
    _row("min minimum", least, "group"),
    _row("max maximum number", most, "group"),
    _row("max maximum", times, "option"),
    _row("free", whole("free_select"), "group"),
    _row("tax vat", tax, "item option"),
    _row("price cost", price),
    _row("amount value", amount),
    _row("calories calorie kcal", whole("calories"), "item option"),
    _row("alcohol alcoholic", truth("is_alcohol"), "item option"),
    _row("sold stock suspended unavailable", truth("sold_out"), "item option size"),
    _row("available", available, "item option size"),
    _row("default selected preselected", truth("is_default"), "option size"),
    _row("sort position order ordinal rank index", order),
    _row("id ref reference plu sku code identifier key uuid", identity),
    _row("store callback provider site brand", setting, "menu"),
    _row("phone telephone", contact("phone")),
    _row("address", contact("address")),
    _row("timezone zone", contact("timezone")),
    _row("description subtitle details", description),
    _row("name title label headline", name),
    _row("text value", text_in_language),
)
"""All guesses, the surer ones first."""
