"""A whole document of plain values → a menu in one step, for menus that have unknown fields but no fault.

Many menus have such fields in every record: they are taken out of the plain values, the rest is
converted at once, and then they are put into ``extra``.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from pipeline.menu import Menu
from pipeline.reading.places import Place
from pipeline.reading.records import RecordReader
from pipeline.reading.shapes import Shape, converts, shape_of
from pipeline.reading.soundness import all_sound

Taken = dict[int, tuple[dict[str, Any], dict[str, Any]]]
"""By the identity of a record's plain values: those values, and what was taken out of them."""


def menu_with_unknown_fields(document: dict[str, Any], reader: RecordReader) -> Menu | None:
    """Build a menu, or give None where it has a fault; ``document`` is as before then."""
    taken: Taken = {}
    _take_out(document, shape_of(Menu), taken)
    menu = converts(document, Menu)
    if menu is None or not all_sound(document):
        for value, unknown in taken.values():
            value.update(unknown)
        return None
    _put_back(document, menu, Place(), 0, taken, reader)
    return menu


def _take_out(value: Any, shape: Shape, taken: Taken) -> None:
    if not isinstance(value, dict):
        return  # told by whoever converts it
    fields = shape.fields
    if not value.keys() <= fields.keys():
        unknown = {name: value[name] for name in value if name not in fields}
        taken[id(value)] = value, unknown
        for name in unknown:
            del value[name]
    for name, inner_shape in shape.records_inside.items():
        inner = value.get(name)
        if isinstance(inner, list):
            for record in inner:
                _take_out(record, inner_shape, taken)
        elif inner is not None:
            _take_out(inner, inner_shape, taken)


def _put_back(
    value: dict[str, Any], built: Struct, outside: Place, position: int, taken: Taken, reader: RecordReader
) -> None:
    shape = shape_of(type(built))
    place = outside.inside(shape.record, value, position)
    if id(value) in taken:
        unknown = taken[id(value)][1]
        reader.keep(unknown, set(unknown), built, shape, place)
    for name in shape.records_inside:
        inner, built_inner = value.get(name), getattr(built, name)
        if isinstance(inner, list):
            for number, (record, built_record) in enumerate(zip(inner, built_inner, strict=True)):
                _put_back(record, built_record, place, number, taken, reader)
        elif inner is not None:
            _put_back(inner, built_inner, place, 0, taken, reader)
