"""Static types of formulas: what a value can be, known before any menu is read.

Record types come from the views' annotations, so the language and the menu cannot drift apart.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

Kind = Literal["any", "null", "text", "integer", "decimal", "boolean", "list", "map", "record"]


@dataclass(frozen=True, slots=True)
class TextForm:
    """How all texts of a type are written: a regular expression, and one such text."""

    pattern: str
    example: str

    def allows(self, text: str) -> bool:
        """Tell whether a text can be one of them."""
        return re.fullmatch(self.pattern, text) is not None


@dataclass(frozen=True, slots=True)
class Type:
    """A static type.

    ``any`` is JSON of unknown form. ``decimal`` is an exact number that may have a fraction.
    ``item`` is the element of a list or map; ``record`` the class behind a record (values are its
    instances, read by attribute); ``values`` are all texts an enumeration can be; ``max_length``
    bounds a text, ``form`` is what all its texts look like, ``places`` bounds a decimal's fraction,
    where it is known.
    """

    kind: Kind
    nullable: bool = False
    item: Type | None = None
    record: type | None = None
    values: frozenset[str] | None = None
    max_length: int | None = None
    non_negative: bool = False
    places: int | None = None
    form: TextForm | None = None

    def optional(self) -> Type:
        """Give the same type with null allowed."""
        return self if self.nullable or self.kind in ("any", "null") else replace(self, nullable=True)

    def required(self) -> Type:
        """Give the same type with null excluded (``any`` stays ``any``)."""
        return replace(self, nullable=False) if self.nullable else self

    @property
    def may_be_null(self) -> bool:
        """Tell whether null can occur."""
        return self.nullable or self.kind in ("any", "null")

    def __str__(self) -> str:
        names = {
            "any": "any value",
            "null": "null",
            "boolean": "true/false",
            "decimal": "a decimal number",
            "integer": "a whole number",
            "text": "text",
        }
        if self.kind == "list":
            text = f"a list of {_several(self.item)}" if self.item and self.item.kind != "any" else "a list"
        elif self.kind == "map":
            text = "an object"
        elif self.kind == "record":
            text = with_article(record_name(self))
        else:
            text = names[self.kind]
        return f"{text} or null" if self.nullable else text


_NUMBERS = ("integer", "decimal")
ANY = Type("any")
NULL = Type("null")
TEXT = Type("text")
INTEGER = Type("integer")
DECIMAL = Type("decimal")
BOOLEAN = Type("boolean")


OBJECT = Type("map")
"""An object that rules make, field by field; one that comes from data has an ``item``."""


def list_of(item: Type) -> Type:
    """Give the type of a list of ``item``."""
    return Type("list", item=item)


def map_of(item: Type) -> Type:
    """Give the type of an object whose values are ``item``."""
    return Type("map", item=item)


def record_of(cls: type) -> Type:
    """Give the type of instances of ``cls``."""
    return Type("record", record=cls)


def record_name(record: Type) -> str:
    """Give the word people know a record by: ``ItemView`` is an item."""
    assert record.record is not None
    return record.record.__name__.removesuffix("View").lower()


def _several(kind: Type) -> str:
    """Name several values of a type.

    >>> _several(TEXT), str(list_of(list_of(TEXT)))
    ('text', 'a list of a list of text')
    """
    if kind.kind != "record":
        return str(kind)
    noun = record_name(kind)
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else noun if noun.endswith("s") else f"{noun}s"
    return f"{plural} or null" if kind.nullable else plural


def with_article(noun: str) -> str:
    """Put ``a`` or ``an`` before a word.

    >>> with_article("item"), with_article("group")
    ('an item', 'a group')
    """
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


@lru_cache(maxsize=4096)
def fields_of(cls: type) -> dict[str, Type]:
    """Give the fields of a record class with their types, in declared order.

    A class that stands for a part of the payload has no annotations: it is asked for what the rules make there.
    """
    made: Callable[[], dict[str, Type]] | None = getattr(cls, "made_fields", None)
    if made is not None:
        return made()
    hints = get_type_hints(cls, include_extras=True)
    return {name: type_of(hint) for name, hint in hints.items() if not name.startswith("_")}


def type_of(hint: Any) -> Type:
    """Translate a Python annotation.

    >>> str(type_of(list[str] | None))
    'a list of text or null'
    """
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *notes = get_args(hint)
        base = type_of(inner)
        for note in notes:
            if isinstance(note, msgspec.Meta):
                base = replace(base, max_length=note.max_length or base.max_length, non_negative=note.ge == 0)
                if note.pattern and note.examples:
                    base = replace(base, form=TextForm(note.pattern, str(note.examples[0])))
        return base
    if origin in (Union, UnionType):
        arms = [arm for arm in get_args(hint) if arm is not NoneType]
        base = type_of(arms[0]) if len(arms) == 1 else ANY
        return base.optional() if len(arms) < len(get_args(hint)) else base
    if origin is Literal:
        texts = get_args(hint)
        return Type("text", values=frozenset(texts), max_length=max(map(len, texts)))
    if origin in (list, tuple):
        return list_of(type_of(get_args(hint)[0]))
    if origin is dict:
        return map_of(type_of(get_args(hint)[1]))
    simple = {str: TEXT, int: INTEGER, Decimal: DECIMAL, bool: BOOLEAN, Any: ANY, NoneType: NULL}
    if hint in simple:
        return simple[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return record_of(hint)
    if isinstance(hint, type) and typing.is_typeddict(hint):
        return map_of(ANY)
    return ANY


def plain(kind: Type) -> bool:
    """Tell whether values hold no decimals and nothing of unknown form: JSON has one way to write them.

    >>> plain(list_of(TEXT)), plain(DECIMAL), plain(ANY)
    (True, False, False)
    """
    if kind.kind in ("list", "map"):
        return kind == OBJECT or kind == OBJECT.optional() or (kind.item is not None and plain(kind.item))
    return kind.kind in ("text", "integer", "boolean", "null")


def union(left: Type, right: Type) -> Type:
    """Give the narrowest type that holds both."""
    if left == right:
        return left
    if left.kind == "null":
        return right.optional()
    if right.kind == "null":
        return left.optional()
    nullable = left.nullable or right.nullable
    if left.kind == right.kind and left.record is right.record:
        item = None
        if left.item is not None and right.item is not None:
            item = union(left.item, right.item)
        values = left.values | right.values if left.values is not None and right.values is not None else None
        lengths = (left.max_length, right.max_length)
        longest = None if None in lengths else max(length for length in lengths if length is not None)
        positive, places = left.non_negative and right.non_negative, _most_places(left, right)
        form = left.form if left.form == right.form else None
        return Type(left.kind, nullable, item, left.record, values, longest, positive, places, form)
    if {left.kind, right.kind} == {"integer", "decimal"}:
        positive = left.non_negative and right.non_negative
        return Type("decimal", nullable, non_negative=positive, places=_most_places(left, right))
    return ANY


def decimal_places(number: Decimal) -> int:
    """Give how many digits of a number stand behind the point.

    >>> decimal_places(Decimal("0.05")), decimal_places(Decimal("1E+2"))
    (2, 0)
    """
    return max(0, -int(number.as_tuple().exponent))


def _most_places(left: Type, right: Type) -> int | None:
    """Give how many decimal places two numbers have at most; None where one of them may have any."""
    known = [0 if kind.kind == "integer" else kind.places for kind in (left, right)]
    return None if left.kind not in _NUMBERS or None in known else max(place for place in known if place is not None)
