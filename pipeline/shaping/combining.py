"""Multiplies a choice out with the required choices below it: names and prices joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import product

from msgspec.structs import replace

from pipeline.menu import Option, Translation
from pipeline.money import EXACT

NAME_JOIN = ", "
MAX_OPTIONS = 1_000
"""More options in one group than this are refused: nobody chooses from them."""


def multiplied(option: Option, below: Sequence[Sequence[Option]], separator: str) -> list[Option]:
    """Give one option for every way to choose one from each list of ``below``, in their order."""
    return [_combined((option, *parts), separator) for parts in product(*below)]


def with_distinct_ids(options: Iterable[Option], separator: str) -> list[Option]:
    """Tell joined ids apart that became equal: ``a~b`` and ``c``, ``a`` and ``b~c``."""
    taken: set[str] = set()
    result = []
    for option in options:
        option_id = option.option_id
        while option_id in taken:
            option_id += separator or "~"
        taken.add(option_id)
        result.append(option if option_id == option.option_id else replace(option, option_id=option_id))
    return result


def _combined(parts: tuple[Option, ...], separator: str) -> Option:
    """Join options that are chosen together. Whatever the first one states beyond that stays as it is."""
    first = parts[0]
    calories = [part.calories for part in parts]
    deposits = [part.deposit for part in parts if part.deposit is not None]
    alcohol = [part.is_alcohol for part in parts]
    untils = [part.sold_out_until for part in parts if part.sold_out_until]
    channels = dict.fromkeys(channel for part in parts for channel in part.prices)
    return replace(
        first,
        option_id=separator.join(part.option_id for part in parts),
        name=NAME_JOIN.join(part.name for part in parts),
        description=next((part.description for part in parts if part.description), None),
        price=total(part.price for part in parts),
        prices={channel: total(part.prices.get(channel, part.price) for part in parts) for channel in channels},
        availability=all(part.availability for part in parts),
        sold_out_until=max(untils, default=None),
        hidden=any(part.hidden for part in parts),
        is_default=all(part.is_default for part in parts),
        image_url=next((part.image_url for part in parts if part.image_url), None),
        calories=sum(count for count in calories if count is not None) if None not in calories else None,
        is_alcohol=True if True in alcohol else None if None in alcohol else False,
        tax_rate=next((part.tax_rate for part in parts if part.tax_rate is not None), None),
        deposit=total(deposits) if deposits else None,
        modifier_groups=[],
        translations=_translations(parts),
    )


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts exactly."""
    result = Decimal(0)
    for amount in amounts:
        result = EXACT.add(result, amount)
    return result


def _translations(parts: Sequence[Option]) -> dict[str, Translation]:
    languages = dict.fromkeys(language for part in parts for language in part.translations)
    joined = {}
    for language in languages:
        texts = [(part, part.translations.get(language)) for part in parts]
        joined[language] = Translation(
            name=NAME_JOIN.join((text.name if text else None) or part.name for part, text in texts),
            description=next((text.description for _, text in texts if text and text.description), None),
        )
    return joined
