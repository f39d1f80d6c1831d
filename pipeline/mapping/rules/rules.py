"""The payload's rules as a tree: what a mapping's nodes mean, before any Python is made of them.

A :class:`Rule` is one node of the payload with the instructions that stand beside it, applied in
the language's fixed order: loops, let, condition, sort, unique, limit, chunk, key, body,
transforms, default, empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.mapping.formulas.formula import Formula, Loop
from pipeline.mapping.nodes import Node, Plain, Position


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, sent as written; a written null is sent, too."""

    value: Plain


@dataclass(frozen=True, slots=True)
class Computed:
    """A formula with the transforms chained to it; null means: no value."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class Text:
    """Text with formulas in braces; no value where a part has none."""

    parts: tuple[str | Formula, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One payload key with its rule."""

    key: str
    position: Position
    rule: Rule


@dataclass(frozen=True, slots=True)
class Object:
    """Payload keys in written order."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A list, whose entries are joined in order; ``keyed``: an object made of entries with ``$key``."""

    rules: tuple[Rule, ...]
    keyed: bool


@dataclass(frozen=True, slots=True)
class Use:
    """A template with its arguments; own fields are added or win."""

    template: str
    arguments: tuple[tuple[str, Rule], ...]
    fields: tuple[Field, ...]
    position: Position
    places: dict[str, Position]
    """Where each argument's name stands."""


@dataclass(frozen=True, slots=True)
class Nested:
    """A node with instructions of its own, under ``$value``."""

    rule: Rule


Body: TypeAlias = Constant | Computed | Text | Object | Entries | Use | Nested


@dataclass(frozen=True, slots=True)
class Step:
    """One transform or named chain; ``argument`` is null where none is given."""

    name: str
    position: Position
    argument: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One node of the payload."""

    position: Position
    body: Body
    loops: tuple[Loop, ...] = ()
    let: tuple[tuple[str, Rule], ...] = ()
    only_if: Formula | None = None
    unless: Formula | None = None
    otherwise: Rule | None = None
    report: Text | None = None
    sort: Formula | None = None
    unique: Formula | None = None
    limit: Rule | None = None
    chunk: Rule | None = None
    key: Rule | None = None
    steps: tuple[Step, ...] = ()
    default: Rule | None = None
    empty: Literal["omit", "keep"] | None = None

    @property
    def conditional(self) -> bool:
        """Tell whether an ``$if`` or ``$unless`` stands here."""
        return self.only_if is not None or self.unless is not None


@dataclass(frozen=True, slots=True)
class Template:
    """A named part of the payload; ``parameters`` are what its uses give it."""

    name: str
    position: Position
    rule: Rule


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one mapping that make its payload."""

    payload: Rule
    let: tuple[tuple[str, Rule], ...]
    templates: dict[str, Template]
    chains: dict[str, tuple[Step, ...]]
    tables: dict[str, dict[str, object]]
