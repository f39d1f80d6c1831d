"""Plain values → the values of fields: each that does not fit is told, and is UNREADABLE."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from msgspec import inspect

from pipeline.findings import Record
from pipeline.menu import MAX_TEXT
from pipeline.reading.amounts import amount_of, fault, told
from pipeline.reading.limits import MAX_DIGITS, MAX_EXTRA_DEPTH
from pipeline.reading.places import MAX_KEY, Place
from pipeline.reading.problems import Problems, counted, shown
from pipeline.reading.shapes import WORDS, words_of
from pipeline.reading.strict_json import UNREADABLE, NotANumber
from pipeline.reading.texts import UNWANTED, clean

_FREE_TEXT = inspect.StrType(max_length=MAX_TEXT)
_HOURS = re.compile(r"hours(\[\d+\])?")
_ONE_PERIOD = (
    'Write a list with one entry for each opening period: {"day": "monday", "start": "11:00", "end": "22:00"}; '
    "whoever does not know the hours leaves the field out."
)


class ValueReader:
    """Reads texts, numbers and values of any form; ``cleaning``: there may be unwanted characters."""

    def __init__(self, problems: Problems, *, cleaning: bool) -> None:
        self.problems = problems
        self.cleaning = cleaning
        self._cleaned: dict[Record, None] = {}

    def text(self, value: Any, kind: inspect.StrType, place: Place) -> Any:
        """Read a text; one that is too long is cut, an id that is too long is not read."""
        if not isinstance(value, str):
            hint = f'Write "{value}" in quotes.' if type(value) is int and abs(value) < 10**18 else ""
            return self.wrong_type(value, WORDS[inspect.StrType], place, hint)
        value = self._clean(value, place)
        if kind.min_length and not value.strip():
            self.tell("menu-field-empty", f"{place.field} is empty.", place, "Fill it in.")
            return UNREADABLE
        if kind.max_length is None or len(value) <= kind.max_length:
            return value
        cut = kind.max_length == MAX_TEXT
        self.tell(
            "menu-text-too-long",
            f"{place.field} has {len(value):,} characters; at most {kind.max_length:,} are read"
            + (", the rest was cut off." if cut else "."),
            place,
            "Shorten it in the menu.",
        )
        return value[: kind.max_length] if cut else UNREADABLE

    def whole(self, value: Any, kind: inspect.IntType, place: Place) -> Any:
        """Read a whole number within its bounds."""
        if type(value) is not int:
            hint = "Write digits only, without quotes or a point."
            return self.wrong_type(value, WORDS[inspect.IntType], place, hint)
        low, high = kind.ge, kind.le
        assert low is not None and high is not None, "every whole number of a menu has bounds"  # noqa: PT018
        if low <= value <= high:
            return value
        message = f"{place.field} is {shown(value)}; it must be between {low:,} and {high:,}."
        self.tell("menu-field-range", message, place, "Leave it out where there is no limit." if low == 1 else "")
        return UNREADABLE

    def boolean(self, value: Any, _kind: inspect.BoolType, place: Place) -> Any:
        """Read true or false."""
        return value if isinstance(value, bool) else self.wrong_type(value, WORDS[inspect.BoolType], place)

    def amount(self, value: Any, _kind: inspect.DecimalType, place: Place) -> Any:
        """Read an exact decimal."""
        amount = amount_of(value)
        if amount is not None and not amount:
            amount = amount.copy_abs()  # minus zero
        wrong = ("menu-price-not-a-number", "is not a number") if amount is None else fault(amount)
        if wrong is None:
            return amount
        code, message, hint = told(wrong, place.field, value)
        if code == "menu-price-not-a-number" and place.field.endswith("tax_rate"):
            hint = 'Write the percent as a number, such as "7.5", or leave the field out where nothing is known.'
        self.tell(code, message, place, hint)
        return UNREADABLE

    def word(self, value: Any, kind: inspect.LiteralType, place: Place) -> Any:
        """Read one of a few words."""
        if not isinstance(value, str):
            return self.wrong_type(value, WORDS[inspect.LiteralType], place)
        if value in kind.values:
            return value
        message = f"{place.field} is {shown(value)}; it can be {', '.join(map(str, kind.values))}."
        same = value.strip().lower()
        short = same.rstrip(".")
        meant = [known for known in kind.values if known == same or (len(short) > 2 and str(known).startswith(short))]
        self.tell("menu-field-value", message, place, f'Write "{meant[0]}".' if len(meant) == 1 else "")
        return UNREADABLE

    def key(self, key: str, place: Place) -> str:
        """Read the name of a channel, a language or an unknown field."""
        key = self._clean(key, place)
        if len(key) > MAX_KEY:
            message = f"The name {shown(key)} has more than {MAX_KEY} characters."
            self.tell("menu-key", message, place, "Shorten it.")
        return key[:MAX_KEY]

    def anything(self, value: Any, place: Place, depth: int = 0) -> Any:
        """Read a value of any form, as unknown fields hold it."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value, _FREE_TEXT, place)
        if isinstance(value, list | dict) and depth >= MAX_EXTRA_DEPTH:
            return self._not_kept(place, f"is nested more than {MAX_EXTRA_DEPTH} levels deep")
        if isinstance(value, list):
            entries = [
                self.anything(entry, place.at_entry(position), depth + 1) for position, entry in enumerate(value)
            ]
            return [entry for entry in entries if entry is not UNREADABLE]
        if isinstance(value, dict):
            pairs = {
                self.key(key, place): self.anything(entry, place.at_key(key), depth + 1) for key, entry in value.items()
            }
            return {key: entry for key, entry in pairs.items() if entry is not UNREADABLE}
        if isinstance(value, NotANumber) or not _reasonable(value):
            return self._not_kept(place, f"is {shown(value)}, which is no number that can be sent")
        return value

    def wrong_type(self, value: Any, wanted: str, place: Place, hint: str = "") -> Any:
        """Tell that a value is of another type."""
        what = words_of(value)
        if isinstance(value, str | int | Decimal | NotANumber) and not isinstance(value, bool):
            what = shown(value)
        if not hint and _HOURS.fullmatch(place.field):
            hint = _ONE_PERIOD
        self.tell("menu-field-type", f"{place.field or 'The record'} is {what}; it must be {wanted}.", place, hint)
        return UNREADABLE

    def tell(self, code: str, message: str, place: Place, hint: str = "") -> None:
        """Tell what is wrong at a place."""
        self.problems.add(code, message, place.trail(), place.field, hint)

    def tell_cleaned(self) -> None:
        """Tell once which records had unwanted characters."""
        concerned = list(self._cleaned)
        if concerned:
            self.problems.collect(
                "menu-text-cleaned",
                f"Control or direction-changing characters were taken out of {counted(len(concerned), 'record')}.",
                concerned,
                hint="Type these texts anew in the menu; such characters often come from copying.",
            )

    def _clean(self, text: str, place: Place) -> str:
        if not (self.cleaning and UNWANTED.search(text)):
            return text
        self._cleaned[(place.trail() or (Record("menu", "itself"),))[-1]] = None
        return clean(text)

    def _not_kept(self, place: Place, why: str) -> Any:
        self.tell("menu-extra-value", f"{place.field} {why}.", place, "It was left out.")
        return UNREADABLE


def _reasonable(number: int | Decimal) -> bool:
    if isinstance(number, Decimal):
        return (
            number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS and len(number.as_tuple().digits) <= MAX_DIGITS
        )
    return number.bit_length() <= MAX_DIGITS * 3
