"""What the records of a menu look like: their fields and types, taken from the records' own annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, inspect

Record = TypeVar("Record", bound=Struct)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record; a null counts as left out, whether its type takes one or not."""

    name: str
    type: inspect.Type
    required: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of record; ``keeps_unknown`` tells whether unknown fields have a place, ``extra``.

    ``records_inside`` are the fields that hold records of which the same is true.
    """

    record: type[Struct]
    fields: dict[str, Field]
    keeps_unknown: bool
    amounts: tuple[str, ...]
    amounts_by_key: tuple[str, ...]
    required_texts: tuple[str, ...]
    records_inside: dict[str, Shape]


@cache
def shape_of(record: type[Struct]) -> Shape:
    """Give the shape of a kind of record."""
    described = inspect.type_info(record)
    assert isinstance(described, inspect.StructType)
    fields = {
        field.encode_name: Field(field.encode_name, _without_null(field.type), field.required)
        for field in described.fields
        if field.encode_name != "extra"
    }
    return Shape(
        record=record,
        fields=fields,
        keeps_unknown=len(fields) < len(described.fields),
        amounts=_names(fields, lambda kind: isinstance(kind, inspect.DecimalType)),
        amounts_by_key=_names(
            fields,
            lambda kind: isinstance(kind, inspect.DictType) and isinstance(kind.value_type, inspect.DecimalType),
        ),
        required_texts=_names(fields, lambda kind: isinstance(kind, inspect.StrType) and kind.min_length == 1),
        records_inside={
            name: shape_of(inner.cls) for name, field in fields.items() if (inner := _record_inside(field.type))
        },
    )


def record_lists(values: list[dict[str, Any]], shape: Shape) -> Iterator[tuple[Shape, list[dict[str, Any]]]]:
    """Give the plain values of records kind by kind, those inside too; their forms are known to be right."""
    waiting = [(shape, values)]
    while waiting:
        shape, records = waiting.pop()
        yield shape, records
        for name, inner in shape.records_inside.items():
            held = [record[name] for record in records if record.get(name)]
            if held:
                waiting.append((inner, list(chain.from_iterable(held)) if isinstance(held[0], list) else held))


def _names(fields: dict[str, Field], fits: Callable[[inspect.Type], bool]) -> tuple[str, ...]:
    return tuple(name for name, field in fields.items() if fits(field.type))


def _without_null(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.UnionType):
        others = [choice for choice in kind.types if not isinstance(choice, inspect.NoneType)]
        assert len(others) == 1, "a field of a menu has one type, or null"
        return others[0]
    return kind


def _record_inside(kind: inspect.Type) -> inspect.StructType | None:
    """Give the records that a field holds, if they can have unknown fields."""
    inner = kind.item_type if isinstance(kind, inspect.ListType) else kind
    if isinstance(inner, inspect.StructType) and any(field.name == "extra" for field in inner.fields):
        return inner
    return None


WORDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "a text in quotes",
    inspect.IntType: "a whole number",
    inspect.BoolType: "true or false",
    inspect.DecimalType: "a decimal number",
    inspect.ListType: "a list",
    inspect.DictType: "an object",
    inspect.StructType: "an object",
    inspect.LiteralType: "a text in quotes",
}
"""The types that fields have, in words for people."""

_PLAIN: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def words_of(value: Any) -> str:
    """Say what a plain value is."""
    return _PLAIN.get(type(value), "a number")


def converts(value: Any, record: type[Record]) -> Record | None:
    """Build a record from plain values in one step, or give None where any of them does not fit."""
    try:
        return msgspec.convert(value, record)
    except (msgspec.ValidationError, ArithmeticError, ValueError, RecursionError):
        return None
