"""What JMESPath says of values: kinds, truth, equality, order, fields.

Documents are JSON (dict, list, str, int, float, bool, None) and may hold exact numbers
(``Decimal``) and records (msgspec Structs, whose fields are read as an object's). On JSON alone
everything here agrees with the ``jmespath`` library; a ``float`` meets a ``Decimal`` by its
shortest digits, so ``0.1`` equals ``Decimal("0.1")``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, NoReturn

import msgspec

DEEPEST_IDENTITY = 50


class ExpressionError(ValueError):
    """A formula that has no result for this menu; its text is one sentence for a person."""


class NullError(ExpressionError):
    """A formula that has no result because something is null."""


def kind_of(value: Any) -> str:
    """Give the JMESPath type of a value.

    >>> [kind_of(v) for v in (Decimal("1.10"), True, {}, None)]
    ['number', 'boolean', 'object', 'null']
    """
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, list):
        return "array"
    if isinstance(value, dict | msgspec.Struct):
        return "object"
    if isinstance(value, int | float | Decimal):
        return "number"
    return "null" if value is None else "unknown"


def truth(value: Any) -> bool:
    """Tell whether a value counts as true: all but null, false and what is empty. 0 is true.

    >>> truth(0), truth(""), truth({})
    (True, False, False)
    """
    return bool(value) or (value == 0 and value is not False)


def is_number(value: Any) -> bool:
    """Tell a number from everything else, a truth value included."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def exact(number: Any) -> Any:
    """Give a float as the decimal of its shortest digits; leave other numbers as they are.

    >>> exact(0.1)
    Decimal('0.1')
    """
    return Decimal(repr(number)) if isinstance(number, float) else number


def identity(value: Any, depth: int = 0) -> Any:
    """Give what is equal, and can be a key, exactly for equal values: true is not 1, but 1.0 is.

    >>> identity(Decimal("1.0")) == identity(1), identity(True) == identity(1)
    (True, False)
    """
    if depth > DEEPEST_IDENTITY:
        raise ExpressionError("A value that is nested so deeply cannot be compared with others.")
    if isinstance(value, str | bool) or value is None:
        return (type(value).__name__, value)
    if isinstance(value, int | float | Decimal):
        number = exact(value)
        is_nan = isinstance(number, Decimal) and number.is_nan()
        return ("number", str(number) if is_nan else number)  # a NaN differs from itself
    if isinstance(value, list | tuple):
        return ("list", tuple(identity(entry, depth + 1) for entry in value))
    if isinstance(value, msgspec.Struct):
        return (type(value).__name__, tuple(identity(entry, depth + 1) for entry in msgspec.structs.astuple(value)))
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(entry, depth + 1)) for key, entry in value.items()))
    return ("other", id(value))


def equal(left: Any, right: Any) -> bool:
    """Compare as ``==`` does: a truth value is no number, numbers are equal by decimal value.

    >>> equal(1, True), equal(Decimal("1.10"), 1.1), equal([1], [1.0])
    (False, True, True)
    """
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    try:
        return _same(left, right)
    except RecursionError:
        raise ExpressionError("The values are nested too deeply to be compared.") from None


def unequal(left: Any, right: Any) -> bool:
    """Compare as ``!=`` does."""
    return not equal(left, right)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict | msgspec.Struct) and isinstance(right, dict | msgspec.Struct):
        left, right = as_object(left), as_object(right)
        return left.keys() == right.keys() and all(_same(value, right[key]) for key, value in left.items())
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        left, right = exact(left), exact(right)
    return bool(left == right)


def less(left: Any, right: Any) -> bool | None:
    """Compare as ``<`` does: null unless both are numbers or both texts."""
    return _ordered(operator.lt, left, right)


def less_or_equal(left: Any, right: Any) -> bool | None:
    """Compare as ``<=`` does."""
    return _ordered(operator.le, left, right)


def greater(left: Any, right: Any) -> bool | None:
    """Compare as ``>`` does.

    >>> greater(Decimal("0.30"), 0.3), greater(2, None)
    (False, None)
    """
    return _ordered(operator.gt, left, right)


def greater_or_equal(left: Any, right: Any) -> bool | None:
    """Compare as ``>=`` does."""
    return _ordered(operator.ge, left, right)


def _ordered(compare: Callable[[Any, Any], Any], left: Any, right: Any) -> bool | None:
    left_text, right_text = isinstance(left, str), isinstance(right, str)
    if not (left_text or is_number(left)) or not (right_text or is_number(right)):
        return None
    if left_text is not right_text:
        raise ExpressionError("A number and a text have no order: only two numbers or two texts can be compared.")
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        left, right = exact(left), exact(right)
        if left != left or right != right:  # not-a-number: a Decimal refuses to be ordered with it
            return False
    return bool(compare(left, right))


# -- parts of a value ------------------------------------------------------------------------------


def as_object(value: Any) -> dict[str, Any]:
    """Give a record as the object that it stands for; an object itself."""
    if isinstance(value, dict):
        return value
    return {name: getattr(value, name) for name in value.__struct_fields__ if not name.startswith("_")}


def field(value: Any, name: str) -> Any:
    """Give the field of an object or record, null where there is none."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, msgspec.Struct) and name in value.__struct_fields__ and not name.startswith("_"):
        return getattr(value, name)
    return None


def column(value: Any, name: str) -> list[Any] | None:
    """Give ``value[].name``: lists in the list are joined in, what has no such field vanishes; null of no list.

    >>> column([{"id": 1}, {}, [{"id": 2}]], "id")
    [1, 2]
    """
    if not isinstance(value, list):
        return None
    try:
        return [found for entry in value if (found := entry.get(name)) is not None]
    except AttributeError:  # not all are objects
        entries = (each for entry in value for each in (entry if isinstance(entry, list) else (entry,)))
        return [found for entry in entries if (found := field(entry, name)) is not None]


def element(value: Any, index: int) -> Any:
    """Give one element of a list, counted from the end where negative; null where there is none."""
    if not isinstance(value, list):
        return None
    try:
        return value[index]
    except IndexError:
        return None


def part(value: Any, start: int | None, stop: int | None, step: int | None) -> Any:
    """Give a slice of a list; null for all else."""
    if step == 0 and isinstance(value, list):
        raise ExpressionError("The step of a slice cannot be 0.")
    return value[start:stop:step] if isinstance(value, list) else None


def contents(value: Any) -> Iterable[Any] | None:
    """Give the values of an object or record; null for all else."""
    return as_object(value).values() if isinstance(value, dict | msgspec.Struct) else None


# -- exact sums ------------------------------------------------------------------------------------


def exact_sum(numbers: Iterable[Any]) -> int | Decimal:
    """Add numbers without rounding.

    >>> exact_sum([Decimal("12345678901234567890.10"), 0.2])
    Decimal('12345678901234567890.30')

    Raises:
        ExpressionError: where the sum has more than 200 digits.
    """
    context = Context(prec=200, traps=[Inexact, InvalidOperation])
    total: int | Decimal = 0
    try:
        for number in map(exact, numbers):
            both_whole = isinstance(total, int) and isinstance(number, int)
            total = total + number if both_whole else context.add(Decimal(total), Decimal(number))
    except (Inexact, InvalidOperation):
        raise ExpressionError("These numbers are too far apart to be added exactly.") from None
    return total


def exact_average(numbers: list[Any]) -> Decimal | None:
    """Give the mean, to 28 digits where it does not end; null of nothing."""
    return Decimal(exact_sum(numbers)) / len(numbers) if numbers else None


def refuse(function: str, wanted: str, value: Any) -> NoReturn:
    """Raise the error of a function that is given the wrong kind of value."""
    if value is None:
        raise NullError(f"{function}() needs {wanted}, but the value is null.")
    raise ExpressionError(f"{function}() needs {wanted}, not {A_KIND[kind_of(value)]}.")


A_KIND = {
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "number": "a number",
    "null": "null",
    "unknown": "a value that is not JSON",
}


def refusing(function: Any) -> bool:
    """Tell whether a runtime function may refuse a null: those of the JMESPath library, but a few that take anything.

    >>> refusing(truth), refusing(len)
    (False, False)
    """
    module = getattr(function, "__module__", "") or ""
    return module.endswith("function_library") and function.__name__ not in _TAKE_ANYTHING


_TAKE_ANYTHING = frozenset({"array_of", "first_given", "number_of", "exact_number_of", "string_of", "type_name"})
