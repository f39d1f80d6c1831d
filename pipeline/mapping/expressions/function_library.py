"""What runs when a formula calls one of JMESPath's functions.

On JSON documents results and failures are the ``jmespath`` library's; decimals stay exact, records
are objects. Every function checks its arguments itself: ``NullError`` where one is null that may not
be, ``ExpressionError`` for any other wrong kind. The names differ from Python's own, because
generated code uses those, too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from pipeline.mapping.expressions.values import (
    ExpressionError,
    as_object,
    equal,
    exact,
    exact_average,
    exact_sum,
    kind_of,
    refuse,
)

LARGEST_EXPONENT = 60
"""A text whose number needs more zeros than this is no number: written out it would fill the memory."""


def length_of(value: Any) -> int:
    """Count characters, elements or fields."""
    if not isinstance(value, str | list | dict | msgspec.Struct):
        refuse("length", "a text, a list or an object", value)
    return len(value if isinstance(value, str | list) else as_object(value))


def absolute(value: Any) -> Any:
    """Give a number without its sign."""
    _check("abs", value, "number")
    return value.copy_abs() if isinstance(value, Decimal) else abs(value)


def exact_absolute(value: Any) -> Any:
    """Give a number without its sign, never as a float."""
    return exact(absolute(value))


def round_up(value: Any) -> int:
    """Give the next whole number that is not smaller."""
    _check("ceil", value, "number")
    return _whole(math.ceil, value)


def round_down(value: Any) -> int:
    """Give the next whole number that is not larger."""
    _check("floor", value, "number")
    return _whole(math.floor, value)


def _whole(direction: Callable[[Any], int], value: Any) -> int:
    try:
        return direction(value)
    except (ArithmeticError, ValueError):
        raise ExpressionError(f"{value} cannot be made a whole number.") from None


def total(values: Any) -> Any:
    """Add numbers: exactly where one is a decimal, else as the library does."""
    _check_list("sum", values, "number")
    if any(isinstance(value, Decimal) for value in values):
        return exact_sum(values)
    try:
        return sum(values)
    except OverflowError:
        raise ExpressionError("The numbers are too large to be added.") from None


def exact_total(values: Any) -> Any:
    """Add numbers exactly, floats by their digits."""
    _check_list("sum", values, "number")
    return exact_sum(values)


def average(values: Any) -> Any:
    """Give the mean of numbers: by decimals where one is, else as the library does."""
    _check_list("avg", values, "number")
    if any(isinstance(value, Decimal) for value in values):
        return exact_average(values)
    try:
        return sum(values) / len(values) if values else None
    except OverflowError:
        raise ExpressionError("The numbers are too large for an average.") from None


def decimal_average(values: Any) -> Any:
    """Give the mean of numbers as a decimal."""
    _check_list("avg", values, "number")
    return exact_average(values)


def has(subject: Any, search: Any) -> bool:
    """Tell whether a text has a part, or a list an element."""
    if isinstance(subject, str):
        if not isinstance(search, str):
            refuse("contains", "a text to search for", search)
        return search in subject
    if not isinstance(subject, list):
        refuse("contains", "a text or a list", subject)
    if isinstance(search, str | bool | int) or search is None:
        return search in subject  # 1 and true are the same here, as in the library
    return search in subject if isinstance(search, float) and _plain(subject) else _has_equal(subject, search)


def _plain(values: list[Any]) -> bool:
    return not any(isinstance(value, Decimal) for value in values)


def _has_equal(values: list[Any], search: Any) -> bool:
    # Wrapped in lists, values compare as nested ones do: without the rule that true is no number.
    return any(value is search or equal([value], [search]) for value in values)


def begins(text: Any, start: Any) -> bool:
    """Tell whether a text starts with another."""
    _check("starts_with", text, "string")
    _check("starts_with", start, "string")
    return bool(text.startswith(start))


def ends(text: Any, end: Any) -> bool:
    """Tell whether a text ends with another."""
    _check("ends_with", text, "string")
    _check("ends_with", end, "string")
    return bool(text.endswith(end))


def joined(separator: Any, texts: Any) -> str:
    """Join a list of texts."""
    _check("join", separator, "string")
    _check_list("join", texts, "string")
    return str(separator.join(texts))


def reversed_of(value: Any) -> Any:
    """Turn a text or a list round."""
    if not isinstance(value, str | list):
        refuse("reverse", "a text or a list", value)
    return value[::-1]


def keys_of(value: Any) -> list[str]:
    """Give the names of an object's fields."""
    _check("keys", value, "object")
    return list(as_object(value))


def values_of(value: Any) -> list[Any]:
    """Give the values of an object's fields."""
    _check("values", value, "object")
    return list(as_object(value).values())


def merged(*objects: Any) -> dict[str, Any]:
    """Make one object of several; the last one that has a field wins."""
    _check("merge", objects[0], "object")
    result = dict(as_object(objects[0]))
    for value in objects[1:]:
        try:
            # The library checks the first only, so that an empty list adds nothing and pairs are fields.
            result.update(as_object(value) if kind_of(value) == "object" else value)
        except (TypeError, ValueError):
            refuse("merge", "an object", value)
    return result


def first_given(*values: Any) -> Any:
    """Give the first value that is not null."""
    return next((value for value in values if value is not None), None)


def array_of(value: Any) -> list[Any]:
    """Give a list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def type_name(value: Any) -> str | None:
    """Give the JMESPath name of a value's type."""
    return kind_of(value)


def digits_of(number: Decimal) -> str:
    """Write a decimal with its own digits, without an exponent where that is short.

    >>> digits_of(Decimal("1.10")), digits_of(Decimal("1E+2"))
    ('1.10', '100')
    """
    return format(number, "f") if abs(number.adjusted()) <= LARGEST_EXPONENT else str(number)


def string_of(value: Any) -> str:
    """Give a text as it is, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    try:
        return _json(value)
    except (RecursionError, ValueError, TypeError):
        raise ExpressionError("The value cannot be written as text.") from None


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return digits_of(value)
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    if isinstance(value, dict | msgspec.Struct):
        return f"{{{','.join(f'{_key(name)}:{_json(each)}' for name, each in as_object(value).items())}}}"
    return json.dumps(value)


def _key(name: Any) -> str:
    return json.dumps(name if isinstance(name, str) else json.dumps(name))


def number_of(value: Any) -> Any:
    """Read a number as the library does; null where the value is none."""
    if isinstance(value, str):
        for read in (int, float):
            try:
                return read(value)
            except ValueError:
                continue
    return value if kind_of(value) == "number" else None


def exact_number_of(value: Any) -> Any:
    """Read a number exactly; null where the value is none, and for what JSON cannot hold.

    >>> exact_number_of("1.10"), exact_number_of("nan")
    (Decimal('1.10'), None)
    """
    number = exact(number_of(value))
    if isinstance(number, Decimal) and isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
    if isinstance(number, Decimal) and not (number.is_finite() and abs(number.adjusted()) <= LARGEST_EXPONENT):
        return None
    return number


def largest(values: Any) -> Any:
    """Give the largest number or the last text in order; null of nothing."""
    return _extreme("max", max, values)


def smallest(values: Any) -> Any:
    """Give the smallest number or the first text in order; null of nothing."""
    return _extreme("min", min, values)


def ordered(values: Any) -> list[Any]:
    """Sort numbers or texts."""
    keys = _ordering("sort", values, values)
    return [values[index] for index in sorted(range(len(values)), key=keys.__getitem__)]


def ordered_by(values: Any, key: Callable[[Any], Any]) -> list[Any]:
    """Sort by a number or text of each element."""
    keys = _keys("sort_by", values, key)
    return [values[index] for index in sorted(range(len(values)), key=keys.__getitem__)]


def largest_by(values: Any, key: Callable[[Any], Any]) -> Any:
    """Give the element whose number or text is the largest."""
    keys = _keys("max_by", values, key)
    return values[max(range(len(values)), key=keys.__getitem__)] if values else None


def smallest_by(values: Any, key: Callable[[Any], Any]) -> Any:
    """Give the element whose number or text is the smallest."""
    keys = _keys("min_by", values, key)
    return values[min(range(len(values)), key=keys.__getitem__)] if values else None


def mapped(expression: Callable[[Any], Any], values: Any) -> list[Any]:
    """Give an expression's value for each element, nulls too."""
    _check("map", values, "array")
    return [expression(value) for value in values]


def _extreme(name: str, choose: Callable[..., int], values: Any) -> Any:
    keys = _ordering(name, values, values)
    return values[choose(range(len(values)), key=keys.__getitem__)] if values else None


def _keys(name: str, values: Any, key: Callable[[Any], Any]) -> list[Any]:
    _check(name, values, "array")
    return _ordering(name, values, [key(value) for value in values])


def _ordering(name: str, values: Any, keys: Any) -> list[Any]:
    """Give keys that can be compared with each other: all numbers or all texts."""
    _check(name, values, "array")
    wanted = "all numbers or all texts"
    kinds = {kind_of(key): key for key in keys}
    for kind, key in kinds.items():
        if kind not in ("number", "string"):
            refuse(name, wanted, key)
    if len(kinds) > 1:
        raise ExpressionError(f"{name}() needs {wanted}, not some of each.")
    if not any(isinstance(key, Decimal) for key in keys):
        return list(keys)
    numbers = [exact(key) for key in keys]
    if any(number != number for number in numbers):  # not-a-number, which a decimal refuses to be ordered with
        raise ExpressionError(f"{name}() needs {wanted}, but one of them is not a number.")
    return numbers


WORDS = {
    "string": "a text",
    "array": "a list",
    "object": "an object",
    "number": "a number",
    "expression": "an expression with & before it",
}


def _check(function: str, value: Any, kind: str) -> None:
    if kind_of(value) != kind:
        refuse(function, WORDS[kind], value)


def _check_list(function: str, values: Any, kind: str) -> None:
    _check(function, values, "array")
    for value in values:
        if kind_of(value) != kind:
            refuse(function, {"string": "a list of texts", "number": "a list of numbers"}[kind], value)
