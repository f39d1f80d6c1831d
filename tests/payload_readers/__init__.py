"""Read payloads back into dishes, to prove that nothing of a menu got lost on the way.

Written from the platforms' published facts alone: nothing here is shared with the product's own
code, so that one mistake cannot hide another. A reader gives a :class:`ReadMenu`;
:func:`tests.payload_readers.comparison.differences` compares it with the menu's own JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = 24 * 60

Periods = tuple[tuple[int, int], ...]
"""Open minutes of a week, from Monday 00:00: joined, sorted (start, end) pairs, the end not included."""


@dataclass(frozen=True)
class ReadOption:
    """One choice, as a platform shows it."""

    id: str
    name: str
    price: Decimal
    description: str | None = None
    pickup_price: Decimal | None = None
    is_default: bool | None = None
    default_quantity: int | None = None
    max_quantity: int | None = None
    charge_above: int | None = None
    sold_out: bool = False
    image: str | None = None
    calories: int | None = None
    is_alcohol: bool | None = None
    tax_rate: Decimal | None = None
    deposit: Decimal | None = None
    groups: tuple[ReadGroup, ...] = ()


@dataclass(frozen=True)
class ReadGroup:
    """A list of choices. ``maximum`` None: no limit."""

    id: str
    name: str
    minimum: int
    maximum: int | None
    free: int | None = None
    description: str | None = None
    options: tuple[ReadOption, ...] = ()


@dataclass(frozen=True)
class ReadDish:
    """A dish; ``path`` names the categories from the root down."""

    id: str
    name: str
    description: str | None
    path: tuple[str, ...]
    price: Decimal
    pickup_price: Decimal | None = None
    sold_out: bool = False
    sold_out_until: int | None = None
    hours: Periods | None = None
    image: str | None = None
    dietary: frozenset[str] | None = None
    allergens: tuple[str, ...] | None = None
    is_alcohol: bool | None = None
    tax_rate: Decimal | None = None
    deposit: Decimal | None = None
    calories: int | None = None
    nutrition: dict[str, Decimal] = field(default_factory=dict)
    bundle: tuple[tuple[str, int], ...] = ()
    groups: tuple[ReadGroup, ...] = ()


@dataclass(frozen=True)
class ReadMenu:
    """A payload as read. ``carries`` names the aspects that this platform's format can hold."""

    dishes: tuple[ReadDish, ...]
    carries: frozenset[str]
    hours: Periods | None = None
    special_hours: dict[str, tuple[tuple[int, int], ...]] | None = None
    dietary_words: frozenset[str] = frozenset()


def minute(text: str) -> int:
    """Give the minute of the day; a last minute or second of the day means its end."""
    hour, minutes = int(text[:2]), int(text[3:5])
    return DAY if text.startswith("23:59") else hour * 60 + minutes


def joined(periods: list[tuple[int, int]]) -> Periods:
    """Wrap periods that leave the week, sort them, and join those that touch or overlap."""
    wrapped: list[tuple[int, int]] = []
    for start, end in periods:
        if end > 7 * DAY:
            wrapped += [(start, 7 * DAY), (0, end - 7 * DAY)]
        else:
            wrapped.append((start, end))
    result: list[tuple[int, int]] = []
    for start, end in sorted(wrapped):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def week(windows: list[tuple[str, str, str]]) -> Periods:
    """Give the periods of (day, start, end); an end at or before the start runs past midnight."""
    periods = []
    for day, start, end in windows:
        first = DAYS.index(day) * DAY
        opens, closes = minute(start), minute(end)
        periods.append((first + opens, first + closes + (DAY if closes <= opens else 0)))
    return joined(periods)


def decimal(value: Any) -> Decimal:
    """Give a JSON number's own digits; a binary float in a payload is a mistake of the test."""
    assert not isinstance(value, float), "load payloads with parse_float=Decimal"
    return Decimal(value)
