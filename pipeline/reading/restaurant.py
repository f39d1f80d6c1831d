"""What the restaurant's own fields must be, because everything else is read by them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.findings import Record
from pipeline.menu import Category, Item, Menu, ModifierGroup, Option, Restaurant, Size
from pipeline.money import is_currency
from pipeline.reading.columns import column, options_of
from pipeline.reading.problems import Problems, counted, record_of, shown
from pipeline.reading.times import zone_of

# Language, script, region, variants and private use, as BCP 47 orders them.
LOCALE = re.compile(
    r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.ASCII | re.IGNORECASE,
)

Translated = Restaurant | Category | Item | Size | ModifierGroup | Option


def usable(restaurant: Restaurant, problems: Problems) -> bool:
    """Check currency, locale and time zone; without them nothing of the menu can be shown or sent."""
    trail = (record_of(restaurant),)
    currency, locale, timezone = restaurant.currency, restaurant.locale, restaurant.timezone
    fine = True
    if not is_currency(currency):
        fine = False
        hint = "Write the three capital letters of ISO 4217, such as USD or EUR."
        if is_currency(currency.strip().upper()):
            hint = f"Write {currency.strip().upper()}."
        problems.add("menu-currency", f"The currency {shown(currency)} is not known.", trail, "currency", hint)
    if not LOCALE.fullmatch(locale):
        fine = False
        hint = "Write language and country with a hyphen, such as en-US or zh-Hant-TW."
        message = f"The locale {shown(locale)} is not a language tag."
        problems.add("menu-locale", message, trail, "locale", hint)
    if zone_of(timezone) is None:
        fine = False
        hint = "Write the name of its place in the IANA list, such as Europe/Berlin."
        problems.add("menu-timezone", f"The time zone {shown(timezone)} is not known.", trail, "timezone", hint)
    return fine


def check_languages(menu: Menu, problems: Problems) -> None:
    """Check the languages of all translations; what is none is taken out."""
    _check_languages(menu.restaurant, (), problems)
    records: list[Translated] = [*menu.categories, *menu.items]
    for record in records:
        _check_languages(record, (), problems)
    for item in menu.items:
        for size in item.sizes:
            _check_languages(size, (record_of(item),), problems)
    none_translated = not any(column(options_of(menu), "translations"))
    for group in menu.modifier_groups:
        _check_languages(group, (), problems)
        for option in () if none_translated else group.options:
            _check_languages(option, (record_of(group),), problems)


def _check_languages(record: Translated, outside: Iterable[Record], problems: Problems) -> None:
    translations = record.translations
    if not translations:
        return
    for language in [key for key in translations if not LOCALE.fullmatch(key)]:
        del translations[language]
        message = f"translations has {shown(language)}, which is not a language tag."
        problems.add(
            "menu-language", message, (*outside, record_of(record)), "translations", "Write it as en or en-GB."
        )


def check_owner(menu: Menu, problems: Problems) -> None:
    """Warn where records name another restaurant."""
    own = menu.restaurant.restaurant_id
    others = [
        record
        for records in (menu.categories, menu.items)
        for record in records
        if record.restaurant_id is not None and record.restaurant_id != own
    ]
    if others:
        verb = "names" if len(others) == 1 else "name"
        problems.collect(
            "menu-other-restaurant",
            f"{counted(len(others), 'record')} of this menu {verb} another restaurant than {shown(own)}.",
            [record_of(record) for record in others],
            "restaurant_id",
            "Check that the menu was not put together from two restaurants.",
        )
