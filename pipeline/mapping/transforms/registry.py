"""The registry of transforms: what stands behind ``->`` and in ``$transform``.

A transform is a *binder*: given its argument and the facts of a run, it gives the function that is
applied to each value, so that whatever can be prepared is prepared once. Docs, examples, static
types and the editors' schema come from the same entry::

    @transform(takes="text", gives=shorter, parameters=(Parameter("length", whole(1, 9), "…"),), examples=(…))
    def truncate(run, length):
        '''Cuts a text to a length.'''
        return lambda text: text[:length]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.transforms.parameters import (
    ArgumentError,
    Parameter,
    TransformError,
    argument_schema,
    read_argument,
    shown,
)
from pipeline.mapping.types import ANY, Type

__all__ = [
    "TRANSFORMS", "UNKNOWN_ARGUMENT", "ArgumentError", "Example", "Memo", "RunFacts", "Transform", "TransformError",
    "UnknownTransform", "UnknownValue", "find_transform", "transform",
]  # fmt: skip

Takes: TypeAlias = Literal["text", "number", "scalar", "list", "any"]
Tables: TypeAlias = Mapping[str, Mapping[str, Any]]
Gives: TypeAlias = "Type | Callable[[Type, Mapping[str, Any] | None, Tables], Type]"

UNKNOWN_ARGUMENT: Final = object()
"""Stands for an argument that only a run knows, when a static type is asked for."""


class UnknownValue(TransformError):
    """A value that a table does not have and that is to be reported, not sent; the caller leaves it out."""

    def __init__(self, value: Any, table: str) -> None:
        self.value, self.table = value, table
        super().__init__(f"{shown(value)} is not in {table}.")


class UnknownTransform(KeyError):
    """A name that no transform has; the text is one sentence with a suggestion."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        sentence = f"There is no transform {shown(self.name)}."
        return " ".join(filter(None, (sentence, did_you_mean(self.name, TRANSFORMS))))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What transforms know of a run: the restaurant's currency (ISO 4217), zone (IANA), locale and language."""

    currency: str
    timezone: str = "UTC"
    locale: str = "en"
    language: str = "en"
    tables: Tables = field(default_factory=dict)


class Example(NamedTuple):
    """What a transform makes of a value; the argument is None where it stands alone."""

    value: Any
    argument: Any
    result: Any


class Memo(dict[Any, Any]):
    """Results by value, of a transform that is faster subscripted than called.

    ``memo[value]`` is for values whose type is known to fit; ``memo(value)`` checks it. A value that
    is not there yet goes through ``missing``; what that gives is kept, for at most ``limit`` values.
    """

    __slots__ = ("_checked", "_limit", "_missing")

    def __init__(
        self, missing: Callable[[Any], Any], known: Mapping[Any, Any] | None = None, limit: int = 20_000
    ) -> None:
        super().__init__(known or {})
        self._missing, self._limit, self._checked = missing, len(self) + limit, self.__getitem__

    def __missing__(self, value: Any) -> Any:
        result = self._missing(value)
        if len(self) < self._limit:
            self[value] = result
        return result

    def __call__(self, value: Any) -> Any:
        """Check a value of any type, then give its result."""
        return self._checked(value)

    def check_by(self, guard: Callable[[Callable[[Any], Any]], Callable[[Any], Any]]) -> Memo:
        """Put a type check before calls."""
        self._checked = guard(self._checked)
        return self


_PYTHON_TYPES: dict[Takes, frozenset[type]] = {
    "text": frozenset({str}),
    "number": frozenset({int, Decimal}),
    "scalar": frozenset({str, int, Decimal, bool}),
    "list": frozenset({list, tuple}),
}
_STATIC_KINDS: dict[Takes, frozenset[str]] = {
    "text": frozenset({"text"}),
    "number": frozenset({"integer", "decimal"}),
    "scalar": frozenset({"text", "integer", "decimal", "boolean"}),
    "list": frozenset({"list"}),
}
_WORDS: dict[Takes, str] = {
    "text": "text",
    "number": "a number",
    "scalar": "text, a number or true/false",
    "list": "a list",
    "any": "any value",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One transform. ``whole_list``: a list is one value to it, not treated element by element.

    ``subscript``: what :meth:`bind` gives may be subscripted where the value's static type fits.
    ``may_be_unknown``: it may raise :class:`UnknownValue`. Arguments are plain values: scalars,
    lists and objects as a mapping's nodes or formulas give them.
    """

    name: str
    doc: str
    takes: Takes
    gives: Gives
    parameters: tuple[Parameter, ...]
    examples: tuple[Example, ...]
    whole_list: bool
    subscript: bool
    may_be_unknown: bool
    make: Callable[..., Callable[[Any], Any]]

    def bind(self, argument: Any, run: RunFacts, *, typed: bool = False) -> Callable[[Any], Any]:
        """Give the function for one run; raises :class:`ArgumentError`.

        It is never called with None. It raises nothing but :class:`TransformError`, for a value of a
        wrong type, too; ``typed`` leaves that check out, for values whose static type fits.
        """
        function = self.make(run, **read_argument(self.name, self.parameters, argument))
        if isinstance(function, Memo):
            return function.check_by(self._guard)
        return function if typed else self._guard(function)

    def argument_problem(self, argument: Any, tables: Tables) -> str | None:
        """Say in a sentence why a constant argument does not fit a mapping with these tables, or None."""
        try:
            options = read_argument(self.name, self.parameters, argument)
            self.make(RunFacts(currency="USD", tables=tables), **options)
        except ArgumentError as error:
            return str(error)
        return None

    def accepts(self, value: Type) -> bool:
        """Tell whether values of a static type can fit; null passes by, and lists go by their elements."""
        if value.kind == "list" and not self.whole_list:
            return value.item is None or self.accepts(value.item)
        return self.takes == "any" or value.kind in ("any", "null") or value.kind in _STATIC_KINDS[self.takes]

    @property
    def takes_words(self) -> str:
        """What it takes, in words: ``a number``."""
        return _WORDS[self.takes]

    def result_type(self, value: Type, argument: Any = None, tables: Tables | None = None) -> Type:
        """Give the static type of its results for one value (an element, unless ``whole_list``).

        ``argument`` is :data:`UNKNOWN_ARGUMENT` where only a run knows it.
        """
        if isinstance(self.gives, Type):
            return self.gives
        options: dict[str, Any] | None = None
        if argument is not UNKNOWN_ARGUMENT:
            try:
                options = read_argument(self.name, self.parameters, argument)
            except ArgumentError:
                options = None
        return self.gives(value.required(), options, tables or {})

    def argument_schema(self) -> dict[str, Any]:
        """Give the JSON Schema of its argument, for editors."""
        return argument_schema(self.parameters)

    @property
    def needs_argument(self) -> bool:
        """Tell whether it cannot stand alone."""
        return any(parameter.required for parameter in self.parameters)

    def _guard(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        if self.takes == "any":
            return function
        accepted, name, words = _PYTHON_TYPES[self.takes], self.name, self.takes_words

        def guarded(value: Any) -> Any:
            kind = type(value)
            if kind is Decimal and not value.is_finite():
                raise TransformError(f"`{name}` takes {words}, and {value} is none.")
            if kind in accepted:
                return function(value)
            if kind is float and Decimal in accepted and math.isfinite(value):
                return function(Decimal(repr(value)))
            raise TransformError(f"`{name}` takes {words}, and got {shown(value)}.")

        return guarded


TRANSFORMS: dict[str, Transform] = {}
"""All transforms by name; filled by the modules of this package."""


def transform(
    *,
    takes: Takes,
    gives: Gives,
    examples: tuple[tuple[Any, Any, Any], ...],
    parameters: tuple[Parameter, ...] = (),
    name: str = "",
    whole_list: bool = False,
    subscript: bool = False,
    may_be_unknown: bool = False,
) -> Callable[[Callable[..., Callable[[Any], Any]]], Callable[..., Callable[[Any], Any]]]:
    """Register a binder: its name and its docstring are the transform's."""

    def register(make: Callable[..., Callable[[Any], Any]]) -> Callable[..., Callable[[Any], Any]]:
        known_as = name or make.__name__
        assert known_as not in TRANSFORMS, f"{known_as} is registered twice"
        doc = " ".join((make.__doc__ or "").split())
        TRANSFORMS[known_as] = Transform(
            name=known_as, doc=doc, takes=takes, gives=gives, parameters=parameters,
            examples=tuple(Example(*example) for example in examples),
            whole_list=whole_list, subscript=subscript, may_be_unknown=may_be_unknown, make=make,
        )  # fmt: skip
        return make

    return register


def find_transform(name: str) -> Transform:
    """Give a transform by name; raises :class:`UnknownTransform` with a suggestion."""
    try:
        return TRANSFORMS[name]
    except KeyError:
        raise UnknownTransform(name) from None


def unchanged(value: Type, options: Mapping[str, Any] | None, tables: Tables) -> Type:
    """The static type of results that are what came in."""
    return value if value.kind != "null" else ANY
