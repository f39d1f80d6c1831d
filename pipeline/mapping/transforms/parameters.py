"""Arguments of transforms: what each takes, read from plain values, and told to editors.

A transform is written with one value (``truncate: 500``) or with names (``truncate: {length: 500,
ellipsis: "…"}``). Both are read here against the same parameters that the docs and the JSON Schema
are made of.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pipeline.mapping.nearest import did_you_mean

REQUIRED: Final = object()
"""The default of a parameter that must be given."""

NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
FORMULA: Mapping[str, Any] = {"type": "string", "pattern": "^="}
INSTRUCTIONS: Mapping[str, Any] = {"type": "object", "propertyNames": {"pattern": r"^\$"}, "minProperties": 1}


class TransformError(ValueError):
    """A value that a transform cannot take; the message is one sentence that names the value."""


class ArgumentError(TransformError):
    """An argument that a transform cannot take; the message says what it takes."""


@dataclass(frozen=True, slots=True)
class ParameterKind:
    """What a parameter takes: ``words`` after "takes", the JSON Schema, and the reading.

    ``read`` gives the value in the form the transform works with, or raises ValueError.
    """

    words: str
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]
    takes_object: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named part of an argument; without a ``default`` it must be given."""

    name: str
    kind: ParameterKind
    doc: str
    default: Any = REQUIRED

    @property
    def required(self) -> bool:
        """Tell whether it must be given."""
        return self.default is REQUIRED

    @property
    def keyword(self) -> str:
        """The name in Python, where some words are taken: ``in_``."""
        return f"{self.name}_" if keyword.iskeyword(self.name) else self.name


def text(minimum: int = 0, maximum: int = 1_000) -> ParameterKind:
    """Take a text."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not minimum <= len(value) <= maximum:
            raise ValueError
        return value

    schema = {"type": "string", "minLength": minimum, "maxLength": maximum}
    return ParameterKind("a text" if minimum == 0 else "a text that is not empty", schema, read)


def whole(minimum: int, maximum: int) -> ParameterKind:
    """Take a whole number within bounds."""

    def read(value: Any) -> int:
        number = _number(value)
        if number != number.to_integral_value() or not minimum <= number <= maximum:
            raise ValueError
        return int(number)

    words = f"a whole number from {minimum} to {maximum}"
    return ParameterKind(words, {"type": "integer", "minimum": minimum, "maximum": maximum}, read)


def number(minimum: Decimal | None = None, *, above_zero: bool = False) -> ParameterKind:
    """Take an exact number; one in quotes is taken, too."""

    def read(value: Any) -> Decimal:
        amount = _number(value)
        if (minimum is not None and amount < minimum) or (above_zero and amount <= 0):
            raise ValueError
        return amount

    words = "a number above 0" if above_zero else "a number" if minimum is None else f"a number from {minimum}"
    bounds = {"exclusiveMinimum": 0} if above_zero else {} if minimum is None else {"minimum": int(minimum)}
    return ParameterKind(words, {"anyOf": [{"type": "number", **bounds}, _numeric_text()]}, read)


def one_of(*words: str) -> ParameterKind:
    """Take one of some words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return ParameterKind(" or ".join(f"`{word}`" for word in words), {"enum": list(words)}, read)


def yes_or_no() -> ParameterKind:
    """Take true or false."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value

    return ParameterKind("`true` or `false`", {"type": "boolean"}, read)


def texts() -> ParameterKind:
    """Take a list of texts; numbers and truth values count as they are written."""

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not value:
            raise ValueError
        return tuple(key_text(entry) for entry in value)

    return ParameterKind("a list of texts", {"type": "array", "minItems": 1}, read)


def replacements() -> ParameterKind:
    """Take an object of texts and what stands in their place."""

    def read(value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping) or not value or "" in value:
            raise ValueError
        return {key_text(old): key_text(new) for old, new in value.items()}

    scalar = {"type": ["string", "number", "boolean"]}
    schema = {"type": "object", "minProperties": 1, "propertyNames": {"minLength": 1}, "additionalProperties": scalar}
    return ParameterKind('an object such as `{"-": "_"}`', schema, read, takes_object=True)


def table() -> ParameterKind:
    """Take the name of a table, or an object that serves as one."""

    def read(value: Any) -> str | Mapping[str, Any]:
        if not (isinstance(value, str) and value) and not isinstance(value, Mapping):
            raise ValueError
        return value

    schema = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "object"}]}
    return ParameterKind("the name of a table, or a formula that gives an object", schema, read, takes_object=True)


def key_text(value: Any) -> str:
    """Write a scalar as a table's key: numbers by their digits, truth values as true and false.

    >>> key_text(Decimal("7.0")), key_text(True)
    ('7.0', 'true')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) < 10**400:
        return str(value)
    if isinstance(value, Decimal) and value.is_finite() and -400 < value.adjusted() < 400:
        digits = str(value)  # faster than format, which is only needed where there is an exponent
        return format(value, "f") if "E" in digits else digits
    if isinstance(value, float):
        return repr(value)
    raise ValueError


def shown(value: Any) -> str:
    """Name a value in a message, shortened.

    >>> shown("x" * 50), shown(["a"]), shown(Decimal("1.50"))
    ('"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"', 'a list', '1.50')
    """
    if isinstance(value, str):
        return f'"{value[:40]}…"' if len(value) > 41 else f'"{value}"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float | Decimal):
        digits = str(value) if not isinstance(value, int) or abs(value) < 10**100 else "a number of over 100 digits"
        return digits if len(digits) <= 41 else f"{digits[:40]}…"
    return "a list" if isinstance(value, list | tuple) else "an object"


def read_argument(transform: str, parameters: tuple[Parameter, ...], argument: Any) -> dict[str, Any]:
    """Give every parameter its value, by its name in Python; raises :class:`ArgumentError`.

    ``argument`` is plain: a scalar or list for the first parameter, an object with the parameters'
    names, or None where the transform stands alone.
    """
    if not parameters:
        if argument is None:
            return {}
        raise ArgumentError(f"`{transform}` takes no argument.")
    given = _named(parameters, argument)
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            known = f"It takes {', '.join(f'`{known}`' for known in names)}."
            hint = did_you_mean(str(name), names)
            raise ArgumentError(" ".join(filter(None, (f"`{transform}` has no `{shown(name)[1:-1]}`.", hint, known))))
    return {parameter.keyword: _value(transform, parameter, given) for parameter in parameters}


def argument_schema(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """Give the JSON Schema of an argument: one value, an object by name, a formula or instructions."""
    if not parameters:
        return {"type": "null"}
    first = parameters[0]
    forms: list[dict[str, Any]] = [{"description": first.doc, **first.kind.schema}]
    if len(parameters) > 1 or not first.kind.takes_object:
        properties = {
            parameter.name: {
                "description": parameter.doc,
                "anyOf": [dict(parameter.kind.schema), dict(FORMULA), dict(INSTRUCTIONS)],
            }
            for parameter in parameters
        }
        required = [parameter.name for parameter in parameters if parameter.required]
        forms.append({
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            **({"required": required} if required else {"minProperties": 1}),
        })  # fmt: skip
    return {"anyOf": [*forms, dict(FORMULA), dict(INSTRUCTIONS)]}


def _named(parameters: tuple[Parameter, ...], argument: Any) -> Mapping[Any, Any]:
    """Tell the form with names from the one value that a first parameter may take."""
    first = parameters[0]
    if argument is None:
        return {}
    if not isinstance(argument, Mapping):
        return {first.name: argument}
    if first.kind.takes_object and (len(parameters) == 1 or first.name not in argument):
        return {first.name: argument}
    return argument


def _value(transform: str, parameter: Parameter, given: Mapping[Any, Any]) -> Any:
    value = given.get(parameter.name)
    if value is None:
        if parameter.required:
            raise ArgumentError(f"`{transform}` needs its `{parameter.name}`: {parameter.kind.words}.")
        return parameter.default
    try:
        return parameter.kind.read(value)
    except (ValueError, TypeError):
        message = f"`{transform}` takes {parameter.kind.words} as `{parameter.name}`, and got {shown(value)}."
        raise ArgumentError(message) from None


def _number(value: Any) -> Decimal:
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise ValueError
    amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not amount.is_finite() or not -40 < amount.adjusted() < 40:
        raise ValueError
    return amount


def _numeric_text() -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{NUMBER.pattern}$"}
