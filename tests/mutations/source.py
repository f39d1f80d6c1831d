"""A shipped mapping, taken apart: where its formulas, texts and keys stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.mapping.formulas.formula import is_formula
from pipeline.mapping.nodes import Entry, Node, Scalar, Table
from pipeline.mapping.nodes import Sequence as ListNode
from pipeline.mapping.yaml.source import load
from pipeline.payload_schema import PayloadSchema
from tests.shared_files import REPOSITORY

MAPPINGS = REPOSITORY / "mappings"
EXPRESSION_KEYS = {"$if", "$unless", "$from", "$for", "$sort", "$unique", "if", "unless", "for", "value", "at_least",
                   "at_most", "assert", "unique", "of", "where", "references", "to"}  # fmt: skip
TEXT_KEYS = {"$text", "$report", "say", "message", "request", "sign"}
TYPED_ROOTS = ("item", "option", "group", "category", "restaurant", "menu", "store", "window", "day", "operation")


@dataclass
class Source:
    """A shipped mapping, taken apart."""

    name: str
    text: str
    lines: list[str] = field(init=False)
    root: Table = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.splitlines()
        root = load(self.text, f"{self.name}.yaml").root
        assert isinstance(root, Table)
        self.root = root
        schema = PayloadSchema.load(MAPPINGS / "payloads" / f"{self.name}.json")
        assert isinstance(schema, PayloadSchema)
        self.schema = schema

    def scalars(self, *sections: str) -> Iterator[tuple[str, Scalar]]:
        """Give each text with the key that it stands under."""
        for entry in self.root:
            if not sections or entry.key in sections:
                yield from _scalars(entry.value, entry.key)

    def entries(self, *sections: str) -> Iterator[tuple[tuple[str, ...], Entry]]:
        """Give each key with the keys above it."""
        for entry in self.root:
            if not sections or entry.key in sections:
                yield from _entries(entry.value, (entry.key,))

    def formulas(self, *sections: str) -> Iterator[Scalar]:
        """Give each scalar that is written as an expression, where the file holds it letter by letter."""
        for key, scalar in self.scalars(*sections):
            if isinstance(scalar.value, str) and (is_formula(scalar) or key in EXPRESSION_KEYS) and self.plain(scalar):
                yield scalar

    def plain(self, scalar: Scalar) -> bool:
        """Tell whether a scalar stands on one line as it is."""
        line = self.lines[scalar.inner.line - 1]
        return line[scalar.inner.column - 1 :].startswith(str(scalar.value))

    def word(self, scalar: Scalar) -> str:
        """Give the plain word that stands where a value starts."""
        match = re.match(r"[\w.]+", self.lines[scalar.position.line - 1][scalar.position.column - 1 :])
        return match[0] if match else ""

    def spot(self, scalar: Scalar, offset: int) -> tuple[int, int]:
        return scalar.inner.line, scalar.inner.column - 1 + offset


def _scalars(node: Node, key: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(node, Scalar):
        yield key, node
    elif isinstance(node, ListNode):
        for item in node:
            yield from _scalars(item, key)
    else:
        for entry in node:
            yield from _scalars(entry.value, entry.key)


def _entries(node: Node, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    if isinstance(node, Table):
        for entry in node:
            yield above, entry
            yield from _entries(entry.value, (*above, entry.key))
    elif isinstance(node, ListNode):
        for item in node:
            yield from _entries(item, above)
