"""Keys that one object of a JSON document holds more than once; readers of JSON take the last and say nothing.

A cheap comparison comes first: written anew, a document without such keys has as many colons as
before. Only where the numbers differ is it read again, pair by pair.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct

from pipeline.reading.places import Place
from pipeline.reading.problems import Problems, shown
from pipeline.reading.shapes import Shape, shape_of

_ESCAPED_COLON = b"\\u003"


class _Repeating(dict[str, Any]):
    """An object with keys that were written more than once, and how often."""

    counts: dict[str, int]


def tell_repeated_keys(data: bytes, document: Any, record: type[Struct], problems: Problems) -> None:
    """Tell each key that stands twice in one object; ``document`` are the plain values that ``data`` was read to.

    ``record`` is what the document is, or what the entries of its list are.
    """
    if not _suspected(data, document):
        return
    try:
        read = json.loads(data, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return  # told by whoever reads the values
    waiting: list[tuple[Any, Shape | None, Place, int]] = [(read, shape_of(record), Place(), 0)]
    while waiting:
        value, shape, place, position = waiting.pop()
        if isinstance(value, list):
            inside = [
                (entry, shape, place if shape and shape.keeps_unknown else place.at_entry(number), number)
                for number, entry in enumerate(value)
            ]
            waiting += reversed(inside)
        elif isinstance(value, dict):
            if shape is not None:
                place = place.inside(shape.record, value, position)
            if isinstance(value, _Repeating):
                _tell(value, place, problems)
            parts = shape.records_inside if shape is not None else {}
            entries = [
                (entry, parts.get(key), place if key in parts else place.at_key(key), 0)
                for key, entry in value.items()
                if isinstance(entry, list | dict)
            ]
            waiting += reversed(entries)


def _suspected(data: bytes, document: Any) -> bool:
    """Tell whether a key may have been lost; false alarms are possible, misses are not."""
    try:
        repeated = msgspec.json.encode(document).count(b":") != data.count(b":")
    except (TypeError, ValueError, RecursionError):  # a half of a surrogate pair, or no number
        return True
    return repeated or (b"\\" in data and _ESCAPED_COLON in data)  # one byte is found much faster than several


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    repeating = _Repeating(made)
    repeating.counts = {key: count for key, count in Counter(key for key, _ in pairs).items() if count > 1}
    return repeating


def _tell(value: _Repeating, place: Place, problems: Problems) -> None:
    for key, count in value.counts.items():
        times = "twice" if count == 2 else f"{count:,} times"
        message = f"{shown(key)} is written {times} in one object, and only one of them can be meant."
        problems.add("menu-key-twice", message, place.trail(), place.at_key(key).field, "Keep the one that is right.")
