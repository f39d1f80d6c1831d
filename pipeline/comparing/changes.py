"""One change, in words and as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipeline.explaining.absent import shown
from pipeline.explaining.explanation import plain, record_data
from pipeline.findings import Record
from pipeline.mapping.compiler.runtime import MISSING

TEXT_LIMIT = 60
ENTRY_LIMIT = 120


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One payload field of a record, before and after; MISSING where it is not there.

    ``field`` is the path without numbers; ``old_path`` and ``new_path`` are its first places.
    """

    field: str
    old_path: str
    new_path: str
    old: Any
    new: Any

    def data(self) -> dict[str, Any]:
        """Give the JSON form; a path is null on the side that does not have the field."""
        return {
            "field": self.field,
            "old_path": self.old_path or None,
            "new_path": self.new_path or None,
            "old": plain(self.old),
            "new": plain(self.new),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of one record.

    ``code`` is ``appeared``, ``gone``, ``moved``, ``sold_out``, ``back``, ``added``, ``removed``, or a
    kind of :data:`pipeline.comparing.meanings.KINDS` (``price``, ``name``, …). ``within`` names what
    the record belongs to. ``old`` and ``new`` are as people say them (12.99), the payload's own values
    are in ``fields``. ``percent`` is of prices and other numbers.
    """

    code: str
    record: Record
    text: str
    within: tuple[str, ...] = ()
    old: Any = MISSING
    new: Any = MISSING
    percent: Decimal | None = None
    fields: tuple[FieldChange, ...] = ()

    def data(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {
            "code": self.code,
            "record": record_data(self.record),
            "within": list(self.within),
            "text": self.text,
            "old": plain(self.old),
            "new": plain(self.new),
            "percent": self.percent,
            "fields": [change.data() for change in self.fields],
        }


def percent_of(old: Any, new: Any) -> Decimal | None:
    """Give the change in percent, to one place; null where that says nothing.

    >>> percent_of(Decimal("12.99"), Decimal("13.49")), percent_of(0, 5)
    (Decimal('3.8'), None)
    """
    numbers = [value for value in (old, new) if isinstance(value, int | Decimal) and not isinstance(value, bool)]
    if len(numbers) < 2 or not numbers[0]:
        return None
    share = (Decimal(numbers[1]) - numbers[0]) / abs(Decimal(numbers[0])) * 100
    return share.quantize(Decimal("0.1"), ROUND_HALF_UP) if share.is_finite() and abs(share) < 10**12 else None


def signed(percent: Decimal | None) -> str:
    """Write a percentage behind a change: `` (+3.8 %)``."""
    return f" ({percent:+} %)" if percent is not None else ""


def arrow(what: str, of: str, old: Any, new: Any, percent: Decimal | None = None) -> str:
    """Say that a value changed, came or went.

    >>> arrow("price", "Margherita", Decimal("12.99"), Decimal("13.49"), Decimal("3.8"))
    'price of Margherita 12.99 → 13.49 (+3.8 %)'
    >>> arrow("calories", "Margherita", MISSING, 801)
    'calories of Margherita: now 801, was not sent'
    """
    if old is MISSING:
        return f"{what} of {of}: now {said(new)}, was not sent"
    if new is MISSING:
        return f"{what} of {of}: no longer sent, was {said(old)}"
    if isinstance(old, list) and isinstance(new, list):
        return f"{what} of {of}: {listed(old, new)}"
    return f"{what} of {of} {said(old)} → {said(new)}{signed(percent)}"


def listed(old: list[Any], new: list[Any]) -> str:
    """Say which entries of a list went and came.

    >>> listed(["a", "b"], ["b", "c"])
    'without "a", with "c"'
    """
    gone = _without(old, new)
    came = _without(new, old)
    parts = [f"{word} {_some(entries)}" for word, entries in (("without", gone), ("with", came)) if entries]
    return ", ".join(parts) or "in another order"


def said(value: Any) -> str:
    """Write a value in a sentence: texts in quotes, amounts with their digits."""
    return format(value, "f") if isinstance(value, Decimal) else shown(value, TEXT_LIMIT)


def name_of(record: Record) -> str:
    """Give the name that people know a record by."""
    return record.name or f"{record.kind} {record.record_id}"


def joined(names: Sequence[str], most: int = 3) -> str:
    """Write names one after the other: ``A, B and 4 more``."""
    shown_names = ", ".join(names[:most])
    return f"{shown_names} and {len(names) - most} more" if len(names) > most else shown_names


def _without(left: list[Any], right: list[Any]) -> list[Any]:
    """Give what the left list has more of, by value."""
    rest = [_key(value) for value in right]
    found = []
    for value in left:
        key = _key(value)
        if key in rest:
            rest.remove(key)
        else:
            found.append(value)
    return found


_key: Callable[[Any], str] = repr


def _some(entries: list[Any]) -> str:
    return joined([shown(entry, ENTRY_LIMIT) for entry in entries])
