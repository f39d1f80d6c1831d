"""What every kind of value is made of: reading a node with findings, and telling editors the same.

A kind reads one node and gives its plain value, or the node itself where a later stage parses it
(formulas, texts with braces, rules). What does not fit becomes a finding and reads as
:data:`INVALID`. The JSON Schema and the reference are made of the same classes, so they cannot
say anything else than what is accepted.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from pipeline.findings import Finding, Place, Severity
from pipeline.mapping.formulas.formula import is_formula as is_formula_scalar
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.nodes import Node, Position, Scalar, Sequence, Table

Schema: TypeAlias = dict[str, Any]

NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"


class Invalid:
    """The value of what could not be read; a finding tells why."""

    def __repr__(self) -> str:
        return "INVALID"


INVALID: Final = Invalid()


MOST_FINDINGS = 200


class Reader:
    """Collects what is wrong while a document is read; after :data:`MOST_FINDINGS` it only counts."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.more = 0

    def problem(
        self, code: str, position: Position, message: str, hint: str = "", *, severity: Severity = "error"
    ) -> Invalid:
        """Add a finding and give :data:`INVALID`, so that a kind can return it."""
        if len(self.findings) >= MOST_FINDINGS:
            self.more += 1
        else:
            place = Place(position.file, position.line, position.column)
            self.findings.append(Finding(code, severity, message, hint, place))
        return INVALID

    def near(self, word: str, known: Iterable[str], otherwise: str = "") -> str:
        """Give ``Did you mean …?``, or ``otherwise``; what is only counted needs neither."""
        return otherwise if len(self.findings) >= MOST_FINDINGS else did_you_mean(word, known, otherwise)


class Schemas:
    """The definitions of a JSON Schema while it is made; each form is written once and referred to.

    ``variant``: the schema of a file that ``extends`` another, where keys may be missing and null
    removes; inside lists, which are replaced as a whole, everything is needed again.
    """

    def __init__(self, definitions: dict[str, Schema] | None = None, *, variant: bool = False) -> None:
        self.definitions: dict[str, Schema] = {} if definitions is None else definitions
        self.variant = variant

    @property
    def whole(self) -> Schemas:
        """The same definitions, for what is never merged."""
        return Schemas(self.definitions) if self.variant else self

    def define(self, name: str, make: Callable[[], Schema]) -> Schema:
        """Give a reference to the definition ``name``, making it where it is new."""
        if self.variant:
            name += ".variant"
        if name not in self.definitions:
            self.definitions[name] = {}  # stands before it is made, because a step may hold steps
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}


class Kind(ABC):
    """What a key takes."""

    @property
    @abstractmethod
    def words(self) -> str:
        """The kind in words, after "takes": ``a whole number``."""

    @abstractmethod
    def read(self, node: Node, label: str, reader: Reader) -> Any:
        """Give the node's value; ``label`` names the key in messages (``retry.attempts``)."""

    @abstractmethod
    def schema(self, schemas: Schemas) -> Schema:
        """Give the JSON Schema of what is accepted."""

    def read_named(self, node: Node, label: str, reader: Reader, name: str) -> Any:
        """Read the node that stands under a name which the mapping chose."""
        return self.read(node, label, reader)

    def refuse(self, node: Node, label: str, reader: Reader, hint: str = "") -> Invalid:
        """Report that the node is not of this kind."""
        found = shown(node)
        instead = f", not {found}" if found else "; nothing stands there"
        return reader.problem("wrong-kind", node.position, f"`{label}` takes {self.words}{instead}.", hint)


def shown(node: Node) -> str:
    """Describe a node in a few words, for messages; a null is no word.

    >>> shown(Scalar("two", Position("m.yaml", 1, 1), Position("m.yaml", 1, 1)))
    'the text "two"'
    """
    if isinstance(node, Table):
        return "keys with values"
    if isinstance(node, Sequence):
        return "a list"
    value = node.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{value if len(value) <= 40 else value[:39] + "…"}"'
    text = str(value)
    return f"the number {text if len(text) <= 40 else text[:39] + '…'}"


def text_of(node: Node) -> str | None:
    """Give a scalar's text, or None for anything else."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def matches(pattern: str, text: str) -> bool:
    """Tell whether a text of one line matches; ``$`` alone would let a line break pass."""
    return "\n" not in text and re.search(pattern, text) is not None


def is_formula(node: Node) -> bool:
    """Tell whether a node is a text that starts with ``=``."""
    return isinstance(node, Scalar) and is_formula_scalar(node)


def has_braces(node: Node) -> bool:
    """Tell whether a text holds an expression in braces."""
    text = text_of(node)
    return text is not None and re.search(r"(?<!\{)\{[^{}]", text) is not None


def some(names: Iterable[str], last: str = "and") -> str:
    """Give up to eight names in words, in order.

    >>> some(["b", "a"])
    '`a` and `b`'
    """
    ordered = sorted(names)
    more = [f"{len(ordered) - 8} more"] if len(ordered) > 8 else []
    return spoken_list([f"`{name[:60]}`" for name in ordered[:8]] + more, last)


def spoken_list(words: list[str], last: str = "or") -> str:
    """Join words as a sentence does.

    >>> spoken_list(["`a`", "`b`", "`c`"])
    '`a`, `b` or `c`'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
