"""Languages: which one a menu's texts are given in, and what is offered as translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from pipeline.menu import Category, Item, Menu, ModifierGroup, Option, Restaurant, Size, Translation
from pipeline.shaping.report import Report
from pipeline.shaping.views import TranslationView

Owner = TypeVar("Owner", Restaurant, Category, Item, Size, ModifierGroup, Option)


def language_of(locale: str) -> str:
    """Give the language of a BCP 47 locale, in small letters.

    >>> language_of("zh-Hant-TW"), language_of("ar_BH")
    ('zh', 'ar')
    """
    return locale.replace("_", "-").split("-", 1)[0].lower()


def translation_views(translations: Mapping[str, Translation], locale: str) -> dict[str, TranslationView]:
    """Give a text's translations, without those into the menu's own ``locale`` or its plain language."""
    own = (locale, language_of(locale))
    return {
        language: TranslationView(texts.name, texts.description)
        for language, texts in translations.items()
        if language not in own
    }


class _Speaker:
    """Puts every text into one language; the menu's own text becomes a translation."""

    def __init__(self, locale: str, own_locale: str, report: Report) -> None:
        self.locale = locale
        self.language = language_of(locale)
        self.own_locale = own_locale
        self.own_language = language_of(own_locale)
        self.report = report

    def best(self, translations: Mapping[str, Translation]) -> str | None:
        """Give the key of the translation to use: the locale's own, its language's, or a sister's."""
        if self.locale in translations:
            return self.locale
        if self.language == self.own_language:
            return None
        if self.language in translations:
            return self.language
        sisters = [key for key in translations if language_of(key) == self.language]
        return min(sisters, default=None)

    def record(self, owner: Owner, kind: str, record_id: str) -> Owner:
        """Give a record in the wanted language; without one, unchanged, which is reported."""
        key = self.best(owner.translations)
        texts = owner.translations[key] if key is not None else None
        if texts is None or not texts.name:
            if self.language != self.own_language:
                self.report.add("locale-missing", kind, record_id, owner.name, self.locale)
            if texts is None:
                return owner
        own_description = None if isinstance(owner, Size) else owner.description
        translations = {language: text for language, text in owner.translations.items() if language != key}
        # A region's variety (zh-TW in a zh-CN menu) needs the whole locale to be told apart.
        own_key = self.own_language if self.language != self.own_language else self.own_locale
        translations[own_key] = Translation(name=owner.name, description=own_description)
        spoken = replace(owner, name=texts.name or owner.name, translations=translations)
        if not isinstance(spoken, Size) and texts.description:
            spoken.description = texts.description
        return spoken


def speak(menu: Menu, locale: str, report: Report) -> Menu:
    """Give the menu with its texts in ``locale`` where they exist, and that as its locale.

    A text without that translation stays in the menu's own language. The given menu is not changed.
    """
    own_locale = menu.restaurant.locale
    if locale == own_locale:
        return menu
    speaker = _Speaker(locale, own_locale, report)
    say = speaker.record
    restaurant = say(menu.restaurant, "restaurant", menu.restaurant.restaurant_id)
    items = []
    for item in menu.items:
        spoken = say(item, "item", item.item_id)
        if item.sizes:
            spoken = replace(spoken, sizes=[say(size, "size", size.size_id) for size in item.sizes])
        items.append(spoken)
    groups = []
    for group in menu.modifier_groups:
        options = [say(option, "option", option.option_id) for option in group.options]
        groups.append(replace(say(group, "modifier_group", group.modifier_group_id), options=options))
    return replace(
        menu,
        restaurant=replace(restaurant, locale=locale),
        categories=[say(category, "category", category.category_id) for category in menu.categories],
        items=items,
        modifier_groups=groups,
    )
