"""The tree of a mapping file: YAML values that remember where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Plain: TypeAlias = "str | int | Decimal | bool | None"


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, counted from 1; ``file`` is as the user named it."""

    file: str
    line: int
    column: int

    def right(self, characters: int) -> Position:
        """Give the position so many characters further right on the same line."""
        return Position(self.file, self.line, self.column + characters)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth value or null. ``quoted`` tells ``"12"`` from ``12``.

    ``inner`` is where the value's first character stands (after an opening quote), so that a
    column inside a formula can be told; block texts (``|``, ``>``) start on their next line.
    ``runs`` says where the value stops running on in the file, because a line ends or a character
    is written as an escape: ``(offset, line, column)`` of each character that starts a new run.
    """

    value: Plain
    position: Position
    inner: Position
    quoted: bool = False
    runs: tuple[tuple[int, int, int], ...] = ()

    def at(self, offset: int) -> Position:
        """Give where the value's character number ``offset`` stands in the file, counted from 0."""
        start, line, column = 0, self.inner.line, self.inner.column
        for run in self.runs:
            if run[0] > offset:
                break
            start, line, column = run
        return Position(self.inner.file, line, column + offset - start)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    position: Position

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value; keys are always text here (``1: x`` has the key ``"1"``)."""

    key: str
    position: Position
    value: Node


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping, keys in written order, each once."""

    entries: tuple[Entry, ...]
    position: Position

    def get(self, key: str) -> Node | None:
        """Give the value under ``key``, or None."""
        return next((entry.value for entry in self.entries if entry.key == key), None)

    def entry(self, key: str) -> Entry | None:
        """Give the entry of ``key``, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)


Node: TypeAlias = Scalar | Sequence | Table


def texts_in(node: Node) -> Iterator[Scalar]:
    """Give every text in a node, in written order; keys are none."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield node
    elif isinstance(node, Sequence):
        for item in node:
            yield from texts_in(item)
    else:
        for entry in node:
            yield from texts_in(entry.value)
