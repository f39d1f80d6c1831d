"""Where a payload field came from: its rule, its mapping line, the names and the records of the loops around it.

Nothing is recorded while a payload is made. Asked later, the precise build runs once over the same
menu and notes for each list and object which rule wrote what, and with which names in force; that
is enough to evaluate any one rule again, also one that gave no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipeline.findings import Record
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules import Field, Rule
from pipeline.mapping.types import Type

Key = str | int
Trail = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What made one payload field. ``position`` is null where nothing did."""

    position: Position | None = None
    path: str = ""
    trail: Trail = ()
    records: tuple[Record, ...] = ()


class Name(NamedTuple):
    """A name in force beside the global ones; ``loop``: a loop's record."""

    name: str
    type: Type
    loop: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands at a site: an object's ``fields``, one field, or a list entry's ``rule``.

    ``names`` are in force there, inside the entry's loops and ``$let``. ``owner`` is the site of the
    object that a field belongs to.
    """

    names: tuple[Name, ...]
    fields: tuple[Field, ...] = ()
    field: Field | None = None
    owner: int = -1
    rule: Rule | None = None


class Mark(NamedTuple):
    """One visit of a site: who wrote, for which records, with which values of the scene's names."""

    site: int
    trail: Trail
    values: tuple[Any, ...] = ()


class Turn(NamedTuple):
    """One turn of a loop before its condition: the list it may add to, and its visit."""

    target: int
    mark: Mark


@dataclass(slots=True)
class Recording:
    """Who wrote each key of each list and object of one payload.

    ``opened`` holds an object's layers: its own fields, or a template's and then those beside the
    template's use. ``turns`` are all loop turns, also those that gave no entry.
    """

    sites: Sequence[tuple[Position, str]]
    scenes: Mapping[int, Scene] = field(default_factory=dict)
    written: dict[int, dict[Key, Mark]] = field(default_factory=dict)
    opened: dict[int, list[Mark]] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)

    def wrote(self, target: Any, key: Key, mark: Mark) -> None:
        """Note who wrote a key; the target is kept, so that its identity stays its own."""
        marks = self.written.get(id(target))
        if marks is None:
            marks = self.written[id(target)] = {}
            self.kept.append(target)
        marks[key] = mark

    def open(self, target: Any, mark: Mark) -> None:
        """Note the start of an object's fields."""
        self.opened.setdefault(id(target), []).append(mark)
        self.kept.append(target)

    def turn(self, target: Any, mark: Mark) -> None:
        """Note a loop's turn."""
        self.turns.append(Turn(id(target), mark))
        self.kept.append(target)

    def mark(self, container: Any, key: Key) -> Mark | None:
        """Tell who wrote a key of a list or object of this payload."""
        return self.written.get(id(container), {}).get(key)

    def layers(self, container: Any) -> Iterator[Mark]:
        """Give an object's layers, the one that wins first."""
        return reversed(self.opened.get(id(container), ()))

    def origin(self, payload: Any, path: Sequence[Key]) -> Origin:
        """Follow a path through the payload; give the innermost rule that is known on the way."""
        from pipeline.mapping.runtime import records_of

        found, value = Origin(), payload
        for key in path:
            mark = self.mark(value, key)
            if mark is not None:
                position, template = self.sites[mark.site]
                found = Origin(position, template, mark.trail, records_of(mark.trail))
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                break
        return found
