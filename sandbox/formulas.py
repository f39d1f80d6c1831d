"""Formulas and templates of the data files: JMESPath over the names of one request or job.

A text that starts with ``= `` is a formula; ``{EXPR}`` inside another text is filled in; lists and
objects are made part by part, and an object's field whose formula gives null is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jmespath
import msgspec
from jmespath import exceptions

from sandbox.functions import Functions

Names: TypeAlias = Mapping[str, Any]

_BRACES = re.compile(r"\{([^{}]+)\}")


class FormulaError(ValueError):
    """A formula of a data file that cannot be read or worked out; the message names it."""


_OPTIONS = jmespath.Options(custom_functions=Functions())


class Formula:
    """One JMESPath expression, read once.

    >>> Formula("= find_all(@, 'id')").value({"a": [{"id": 1}, {"b": {"id": 2}}]})
    [1, 2]
    """

    __slots__ = ("_fields", "_parsed", "text")

    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("=").strip()
        try:
            self._parsed = jmespath.compile(self.text)
        except exceptions.JMESPathError as error:
            raise FormulaError(f"the formula `{self.text}` cannot be read: {error}") from None
        self._fields = _fields(self._parsed.parsed)

    def value(self, names: Any) -> Any:
        """Work the formula out; raises :class:`FormulaError` where a function gets what it cannot take."""
        if self._fields is not None:
            for field in self._fields:
                names = names.get(field) if isinstance(names, dict) else None
            return names
        try:
            return self._parsed.search(names, options=_OPTIONS)
        except exceptions.JMESPathError as error:
            raise FormulaError(f"the formula `{self.text}` failed: {error}") from None

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


def _fields(node: Any) -> tuple[str, ...] | None:
    """Give the names of a plain path such as ``a.b.c``, which needs no interpreter; None for anything else."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    way: tuple[str, ...] = ()
    for child in node["children"]:
        below = _fields(child)
        if below is None:
            return None
        way += below
    return way


class Template:
    """A JSON value with formulas in it, read once.

    >>> Template({"id": "= id", "text": "No {id}!", "gone": "= nothing", "kept": None}).make({"id": "a"})
    {'id': 'a', 'text': 'No a!', 'kept': None}
    """

    __slots__ = ("_make",)

    def __init__(self, node: Any) -> None:
        self._make = _maker(node)

    def make(self, names: Names) -> Any:
        """Give the value for these names."""
        return self._make(names)


def _maker(node: Any) -> Callable[[Names], Any]:
    if isinstance(node, str):
        return _text_maker(node)
    if isinstance(node, list):
        entries = [_maker(entry) for entry in node]
        return lambda names: [make(names) for make in entries]
    if isinstance(node, dict):
        fields = [(key, _maker(inner), inner is None) for key, inner in node.items()]
        return lambda names: {
            key: value for key, make, written in fields if (value := make(names)) is not None or written
        }
    return lambda names: node


def _text_maker(text: str) -> Callable[[Names], Any]:
    if text.startswith("= "):
        return Formula(text).value
    parts = _BRACES.split(text)
    if len(parts) == 1:
        return lambda names: text
    pieces = [Formula(part).value if place % 2 else part for place, part in enumerate(parts)]
    return lambda names: "".join(piece if isinstance(piece, str) else shown(piece(names)) for piece in pieces)


def shown(value: Any) -> str:
    """Give a value as it stands inside a text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
