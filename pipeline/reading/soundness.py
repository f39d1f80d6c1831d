"""What types do not tell of a menu's plain values, looked at one field of all records at a time.

The same as the record reader looks at record by record, so that a menu is the same whichever way it is read.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import Any

from pipeline.menu import Menu
from pipeline.reading.amounts import all_fine
from pipeline.reading.places import MAX_KEY
from pipeline.reading.shapes import record_lists, shape_of

_TEXTS = {str, type(None)}


def all_sound(document: dict[str, Any]) -> bool:
    """Look at amounts, blank names and ids, long keys, and fields that were in ``extra`` already.

    ``document`` is of a form that is known to be right; false may be wrong, true is not.
    """
    amounts: list[Any] = []
    for shape, records in record_lists([document], shape_of(Menu)):
        for name in shape.required_texts:
            if any(map(str.isspace, filter(None, _column(records, name)))):
                return False
        if shape.keeps_unknown and any(_column(records, "extra")):
            return False
        for name in shape.amounts:
            amounts += _each_once(list(_column(records, name)))
        for name in shape.amounts_by_key:
            held: list[dict[str, Any]] = list(filter(None, _column(records, name)))
            if max(map(len, chain.from_iterable(held)), default=0) > MAX_KEY:
                return False
            amounts += _each_once(list(chain.from_iterable(map(dict.values, held))))
    return all_fine(amounts)


def _column(records: list[dict[str, Any]], name: str) -> map[Any]:
    return map(dict.get, records, repeat(name))


def _each_once(amounts: list[Any]) -> list[Any]:
    """Give each text once, as menus have few prices many times; equal numbers may differ in writing (0 and -0.0)."""
    return list(set(amounts)) if _TEXTS.issuperset(map(type, amounts)) else amounts
