"""Sizes of a dish: a required choice of one at the front of its modifier groups, or sizes as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from pipeline.menu import Item, Size
from pipeline.money import EXACT
from pipeline.shaping.locale import language_of, translation_views
from pipeline.shaping.prices import Prices
from pipeline.shaping.views import GroupView, OptionView, SizeView, TranslationView

DEFAULT_LANGUAGE = "en"
ONE = "one"
"""The size id of a dish that has only one size: itself."""


@cache
def size_words() -> Mapping[str, str]:
    """Give language → its word for "size" (``data/words.json``)."""
    text = files("pipeline.shaping").joinpath("data", "words.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[str, str]])["size"]


def size_word(locale: str) -> str:
    """Give the word for "size" in a locale's language, else in English.

    >>> size_word("hu-HU"), size_word("xx")
    ('Méret', 'Size')
    """
    words = size_words()
    return words.get(language_of(locale), words[DEFAULT_LANGUAGE])


def cheapest(item: Item, prices: Prices) -> tuple[Decimal, dict[str, Decimal]]:
    """Give what a dish with sizes costs at least: on this platform, and base prices per channel."""
    by_size = [(size.price, prices.channels(size)) for size in item.sizes]
    channels = dict.fromkeys([*item.prices, *(channel for _, told in by_size for channel in told)])
    return (
        min(prices.of(size) for size in item.sizes),
        {channel: min(told.get(channel, price) for price, told in by_size) for channel in channels},
    )


def size_group(item: Item, group_id: str, separator: str, prices: Prices, locale: str) -> GroupView:
    """Give a dish's sizes as a group to pick one from, with what each costs over the cheapest.

    Surcharges are differences of the prices on this platform, so that dish and surcharge always come
    to the size's own price, whatever a markup rounds.
    """
    least, channel_least = cheapest(item, prices)
    options = [
        OptionView(
            option_id=size.size_id,
            key=group_id + separator + size.size_id,
            group_id=group_id,
            name=size.name,
            description=None,
            price=EXACT.subtract(prices.of(size), least),
            prices={
                channel: EXACT.subtract(prices.channels(size).get(channel, size.price), amount)
                for channel, amount in channel_least.items()
            },
            sold_out=not size.availability,
            sold_out_until=None,
            hidden=False,
            is_default=size.is_default,
            default_quantity=None,
            max_quantity=None,
            charge_above=None,
            image=None,
            calories=size.calories,
            is_alcohol=None,
            tax_rate=None,
            deposit=None,
            modifier_groups=[],
            translations=translation_views(size.translations, locale),
            extra=size.extra,
        )
        for size in item.sizes
    ]
    return GroupView(
        modifier_group_id=group_id,
        name=size_word(locale),
        description=None,
        min_select=1,
        max_select=1,
        free_select=None,
        options=options,
        available_options=[option for option in options if not option.sold_out],
        item_ids=[],
        option_keys=[option.key for option in options],
        translations=_word_translations(options),
        extra={},
    )


def size_views(item: Item, separator: str, prices: Prices, locale: str) -> list[SizeView]:
    """Give a dish's sizes as they are, each with its whole price."""
    return [_size_view(item, size, separator, prices, locale) for size in item.sizes]


def _size_view(item: Item, size: Size, separator: str, prices: Prices, locale: str) -> SizeView:
    return SizeView(
        size_id=size.size_id,
        key=item.item_id + separator + size.size_id,
        item_id=item.item_id,
        name=size.name,
        price=prices.of(size),
        prices=prices.channels(size),
        sold_out=not size.availability,
        is_default=size.is_default,
        calories=size.calories,
        translations=translation_views(size.translations, locale),
        extra=size.extra,
    )


def _word_translations(options: Sequence[OptionView]) -> dict[str, TranslationView]:
    """Give the word for "size" in the languages that the sizes are translated into."""
    words = size_words()
    languages = dict.fromkeys(language for option in options for language in option.translations)
    return {
        language: TranslationView(words[language_of(language)], None)
        for language in languages
        if language_of(language) in words
    }
