"""Payload paths with wildcards and filters, resolved to the places that they mean.

``menu.categories[].items[?name=='Margherita'].price``: keys, indexes, ``[]`` or ``[*]`` for every
entry, ``*`` for every key, ``[?…]`` with a JMESPath expression over each entry. Unlike a query this
also gives places that do not exist, so that their absence can be explained.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

from pipeline.mapping.code import Code, Value
from pipeline.mapping.expressions import expressions
from pipeline.mapping.expressions.values import ExpressionError
from pipeline.mapping.formulas.delimiters import after_quoted
from pipeline.mapping.formulas.expression_parser import SyntaxFailure, parse
from pipeline.mapping.formulas.mistakes import explain
from pipeline.mapping.nodes import Position
from pipeline.mapping.paths import ENTRY, KEY, WrongPath, parts_of
from pipeline.mapping.types import ANY
from pipeline.violations import display_path

LONGEST = 2_000
Path = tuple[str | int, ...]
_HERE = Position("--field", 1, 1)
_FILTER = re.compile(r"\[\?")
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'|`\"((?:[^\"\\`]|\\.)*)\"`")


class WrongField(ValueError):
    """A field that cannot be read, or names nothing; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Filter:
    """``[?…]``: the entries for which an expression is true."""

    text: str
    holds: Callable[[Any], Any]

    @property
    def literals(self) -> tuple[str, ...]:
        """The texts that the expression compares with."""
        return tuple(found[1] or found[2] or "" for found in _LITERAL.finditer(self.text))


class Place(NamedTuple):
    """One place that a selection means; ``rest`` lies below the first part that is not there."""

    path: Path
    rest: Path = ()


Segment = str | int | Filter


@dataclass(frozen=True, slots=True)
class Selection:
    """A path, read."""

    text: str
    segments: tuple[Segment, ...]

    @property
    def literals(self) -> tuple[str, ...]:
        """All texts that the filters compare with."""
        return tuple(text for part in self.segments if isinstance(part, Filter) for text in part.literals)

    def places(self, payload: Any) -> Iterator[Place]:
        """Give the places that the path means in a payload, in its order.

        >>> menu = {"items": [{"name": "A", "price": 1}, {"name": "B"}]}
        >>> [(place.path, place.rest) for place in selection("items[].price").places(menu)]
        [(('items', 0, 'price'), ()), (('items', 1), ('price',))]

        Raises:
            WrongField: a part that does not fit what stands there, with the part that would.
        """
        yield from self._below(payload, 0, ())

    def _below(self, value: Any, index: int, path: Path) -> Iterator[Place]:
        if index == len(self.segments):
            yield Place(path)
            return
        segment = self.segments[index]
        if isinstance(segment, Filter) or segment == ENTRY:
            for number, entry in enumerate(self._entries(value, path, segment)):
                if not isinstance(segment, Filter) or _holds(segment, entry):
                    yield from self._below(entry, index + 1, (*path, number))
        elif segment == KEY:
            if isinstance(value, dict):
                for key, inner in value.items():
                    yield from self._below(inner, index + 1, (*path, key))
        elif isinstance(segment, int) and isinstance(value, list) and -len(value) <= segment < len(value):
            number = segment % len(value)
            yield from self._below(value[number], index + 1, (*path, number))
        elif isinstance(segment, str) and isinstance(value, dict) and segment in value:
            yield from self._below(value[segment], index + 1, (*path, segment))
        elif isinstance(segment, str) and isinstance(value, list):
            where = display_path(path)
            raise WrongField(f"`{where}` is a list: write `{where}[0].{segment}` or `{where}[].{segment}`.")
        else:
            missing = takewhile(
                lambda part: not isinstance(part, Filter) and part not in (ENTRY, KEY), self.segments[index:]
            )
            yield Place(path, tuple(part for part in missing if not isinstance(part, Filter)))

    def _entries(self, value: Any, path: Path, segment: Segment) -> list[Any]:
        if isinstance(value, list):
            return value
        hint = ""
        if isinstance(value, dict):
            lists = [key for key, inner in value.items() if isinstance(inner, list)]
            hint = f" Its lists are: {', '.join(lists[:10])}." if lists else ""
            hint = f" For every key write `{display_path(path)}.*`." if not lists else hint
        written = f"[?{segment.text}]" if isinstance(segment, Filter) else "[]"
        raise WrongField(f"`{written}` needs a list, and {display_path(path)} is none.{hint}")


def selection(text: str) -> Selection:
    """Read a path; ``$.`` and ``payload.`` in front are taken off.

    Raises:
        WrongField: it cannot be read; the text says where.
    """
    if len(text) > LONGEST:
        raise WrongField(f"A field has at most {LONGEST} characters.")
    shown = text.strip()
    start = shown.removeprefix("$.").removeprefix("payload.")
    segments: list[Segment] = []
    position = 0
    try:
        while found := _FILTER.search(start, position):
            segments += _plain(start[position : found.start()])
            end = _closing(start, found.end())
            segments.append(_filter(start[found.end() : end]))
            position = end + 1
        segments += _plain(start[position:])
    except WrongPath as error:
        raise WrongField(str(error)) from None
    return Selection(shown, tuple(segments))


def _plain(text: str) -> list[Segment]:
    return list(parts_of(text.replace("[*]", "[]").removeprefix(".")))


def _closing(text: str, start: int) -> int:
    depth, position = 1, start
    while position < len(text):
        character = text[position]
        if character in "'\"`":
            behind = after_quoted(text, position)
            if behind is None:
                break
            position = behind
            continue
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth == 0:
            return position
        position += 1
    raise WrongField(f"The filter `[?{text[start : start + 60]}` has no closing bracket.")


def _filter(text: str) -> Filter:
    tree = parse(text)
    if isinstance(tree, SyntaxFailure):
        mistake = explain(text, tree)
        raise WrongField(f"The filter `[?{text[:80]}]`: {mistake.message} {mistake.hint}".strip())
    code, problems = Code(), list[expressions.Problem]()
    with code.block("def holds(entry):"):
        test = expressions.condition(tree, {}, code, _HERE, problems, current=Value("entry", ANY, atomic=True))
        code.line(f"return {test}")
    wrong = next((problem for problem in problems if problem.severity == "error"), None)
    if wrong is not None:
        raise WrongField(f"The filter `[?{text[:80]}]`: {wrong.message} {wrong.hint}".strip())
    return Filter(text, code.run("<filter>")["holds"])


def _holds(part: Filter, entry: Any) -> bool:
    try:
        return bool(part.holds(entry))
    except ExpressionError:
        return False
