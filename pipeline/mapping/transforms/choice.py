"""Transforms that choose: tables, truth values, texts of values, one of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from typing import Any

from pipeline.mapping.expressions.values import identity
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.transforms.parameters import (
    ArgumentError,
    Parameter,
    TransformError,
    key_text,
    one_of,
    shown,
    table,
    text,
    texts,
)
from pipeline.mapping.transforms.registry import Memo, RunFacts, Tables, UnknownValue, transform, unchanged
from pipeline.mapping.types import ANY, BOOLEAN, NULL, TEXT, Type, list_of, map_of, union

Options = Mapping[str, Any] | None
Entries = Mapping[str, Any]


def _table_entries(source: str | Entries, tables: Tables) -> Entries:
    if not isinstance(source, str):
        return source
    try:
        return tables[source]
    except KeyError:
        known = f"Tables are {', '.join(f'`{name}`' for name in tables)}." if tables else "The mapping has no `tables`."
        hint = did_you_mean(source, tables)
        raise ArgumentError(" ".join(filter(None, (f"There is no table {shown(source)}.", hint, known)))) from None


def _type_of_value(value: Any) -> Type:
    """The static type of a constant."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return Type("integer", non_negative=value >= 0)
    if isinstance(value, Decimal):
        return Type("decimal", non_negative=value >= 0)
    if isinstance(value, str):
        return Type("text", values=frozenset({value}), max_length=len(value))
    if isinstance(value, list | tuple):
        return list_of(_union([_type_of_value(entry) for entry in value]))
    return map_of(ANY)


def _union(types: list[Type]) -> Type:
    return reduce(union, types) if types else ANY


def _looked_up(value: Type, options: Options, tables: Tables) -> Type:
    source = options["in_"] if options else None
    entries = tables.get(source) if isinstance(source, str) else source
    if options is None or not entries:
        return ANY
    keys: Any = entries
    if value.values is not None and options["unknown"] != "keep":  # only what can be looked up counts
        keys = [key for key in entries if key in value.values]
    found = [_type_of_value(entries[key]) for key in keys]
    if options["unknown"] == "keep":
        kept = value
        if value.values is not None:
            kept = Type("text", values=value.values - set(entries), max_length=value.max_length)
        if value.values is None or kept.values:
            found.append(kept)
    return _union(found)


@transform(
    takes="scalar",
    gives=_looked_up,
    parameters=(
        Parameter("in", table(), "the table; what stands left in it is looked up, what stands right is sent"),
        Parameter(
            "unknown",
            one_of("report", "keep", "error"),
            "what happens to a value that the table lacks: left out and reported, sent as it is, or an error",
            "report",
        ),
    ),
    examples=(
        ("monday", "day_codes", "MON"),
        ("nuts", {"in": "allergen_codes"}, ["PEANUT", "TREE_NUT"]),
        ("holiday", {"in": "day_codes", "unknown": "keep"}, "holiday"),
        (True, {"in": {"true": 1, "false": 0}}, 1),
        (Decimal("7.0"), {"in": {"7.0": "reduced"}}, "reduced"),
    ),
    subscript=True,
    may_be_unknown=True,
)
def lookup(run: RunFacts, in_: str | Entries, unknown: str) -> Memo:
    """Translates a value by a table, whose keys are compared as written; a list in it gives several values."""
    entries = _table_entries(in_, run.tables)
    name = f"the table `{in_}`" if isinstance(in_, str) else "the table"

    def missing(value: Any) -> Any:
        try:
            key = key_text(value)
        except ValueError:
            key = ""
        if key in entries:
            return entries[key]
        if unknown == "keep":
            return value
        if unknown == "report":
            raise UnknownValue(value, name)
        raise TransformError(f"`lookup` does not find {shown(value)} in {name}.")

    # A table's texts are found at once; an object that a formula gave may be new for each value, so
    # it is not copied. Nothing else is kept: True, 1 and 1.00 would share one place.
    return Memo(missing, known=entries if isinstance(in_, str) else None, limit=0)


_TRUE, _FALSE = ("true", "yes", "y", "on", "1"), ("false", "no", "n", "off", "0")


@transform(
    takes="scalar",
    gives=BOOLEAN,
    parameters=(
        Parameter("true", texts(), "the values that mean true; capitals do not count", _TRUE),
        Parameter("false", texts(), "the values that mean false", _FALSE),
    ),
    examples=(
        ("Yes", None, True),
        (0, None, False),
        (False, None, False),
        ("sold", {"true": ["sold", "gone"], "false": ["there"]}, True),
    ),
)
def boolean(run: RunFacts, true: tuple[str, ...], false: tuple[str, ...]) -> Callable[[Any], bool]:
    """Makes true or false of words and numbers such as yes, no, 1 and 0; any other is an error."""
    meaning = {word.casefold(): False for word in false} | {word.casefold(): True for word in true}

    def read(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        try:
            return meaning[key_text(value).strip().casefold()]
        except (KeyError, ValueError):
            known = ", ".join(word for word in (*true[:5], *false[:5]))
            raise TransformError(f"`boolean` knows {known}, and got {shown(value)}.") from None

    return read


def _text_of(name: str, value: Any) -> str:
    try:
        return key_text(value)
    except ValueError:
        raise TransformError(f"`{name}` takes text, numbers and true/false, and got {shown(value)}.") from None


def _as_text(value: Type, options: Options, tables: Tables) -> Type:
    if value.kind == "boolean":
        return Type("text", values=frozenset({"true", "false"}), max_length=5)
    return value if value.kind == "text" else TEXT


@transform(
    takes="scalar",
    gives=_as_text,
    examples=((Decimal("8.90"), None, "8.90"), (12, None, "12"), (True, None, "true"), ("Tea", None, "Tea")),
)
def string(run: RunFacts) -> Callable[[Any], str]:
    """Makes a text of a number, with its own digits, or of true and false."""
    return lambda value: _text_of("string", value)


def _element(value: Type, options: Options, tables: Tables) -> Type:
    return (value.item or ANY).optional() if value.kind == "list" else ANY


@transform(
    takes="list",
    gives=_element,
    whole_list=True,
    examples=((["Tea", "Coffee"], None, "Tea"), ([], None, None)),
)
def first(run: RunFacts) -> Callable[[list[Any]], Any]:
    """Takes the first entry of a list; an empty list has none."""
    return lambda value: value[0] if value else None


@transform(
    takes="list",
    gives=_element,
    whole_list=True,
    examples=((["Tea", "Coffee"], None, "Coffee"), ([], None, None)),
)
def last(run: RunFacts) -> Callable[[list[Any]], Any]:
    """Takes the last entry of a list; an empty list has none."""
    return lambda value: value[-1] if value else None


@transform(
    takes="list",
    gives=TEXT,
    whole_list=True,
    parameters=(Parameter("separator", text(), "what stands between the entries", ", "),),
    examples=(
        (["milk", "eggs"], None, "milk, eggs"),
        (["Drinks", "Hot"], " / ", "Drinks / Hot"),
        ([1, True, Decimal("2.50")], {"separator": ";"}, "1;true;2.50"),
        ([], None, ""),
    ),
)
def join(run: RunFacts, separator: str) -> Callable[[list[Any]], str]:
    """Makes one text of a list; nothing stands for an entry without a value."""
    return lambda value: separator.join(_text_of("join", entry) for entry in value if entry is not None)


@transform(
    takes="list",
    gives=unchanged,
    whole_list=True,
    examples=((["nuts", "milk", "nuts"], None, ["nuts", "milk"]), ([1, True, "1", 1], None, [1, True, "1"])),
)
def unique(run: RunFacts) -> Callable[[list[Any]], list[Any]]:
    """Leaves each value of a list once, where it stands first."""

    def each_once(value: list[Any]) -> list[Any]:
        if all(type(entry) is str for entry in value):
            return list(dict.fromkeys(value))
        found: dict[Any, Any] = {}
        for entry in value:
            found.setdefault(identity(entry), entry)
        return list(found.values())

    return each_once
