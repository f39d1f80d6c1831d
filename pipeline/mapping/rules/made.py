"""What generated code makes, field by field: paths, static types, whether a value is sure to be there.

Filled while code is written, read by the checks of :mod:`pipeline.mapping.validation`. A template's
fields are kept once per function, relative to where it is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.mapping.code import Value
from pipeline.mapping.nodes import Position
from pipeline.mapping.paths import parts_of
from pipeline.mapping.types import Type, plain

Parts = tuple[str | int, ...]
PAYLOAD = ""


@dataclass(frozen=True, slots=True)
class MadeValue:
    """One field, list entry or computed key. ``types`` are those of all places that store it."""

    path: Parts
    position: Position
    types: tuple[Type, ...]
    always: bool


@dataclass(frozen=True, slots=True)
class MadeObject:
    """One object as written: its keys, and whether each surely has a value.

    ``function`` is the template's function whose object it adds to.
    """

    path: Parts
    position: Position
    keys: dict[str, bool]
    function: str = ""


@dataclass(frozen=True, slots=True)
class MadeUse:
    """A template's function, used at a path."""

    path: Parts
    position: Position
    function: str


@dataclass(frozen=True, slots=True)
class MadeReference:
    """A name's value, used at a path; what it holds was noted apart, in ``context`` below ``base``."""

    path: Parts
    position: Position
    context: str
    base: Parts


@dataclass(frozen=True, slots=True)
class MadeLookup:
    """A table that is asked for a value of a known type; ``said``: what happens to others is written down."""

    table: str
    position: Position
    path: Parts
    type: Type
    said: bool


@dataclass(frozen=True, slots=True)
class MadeArgument:
    """What a template is given at one use: under which name, where that is written, and of which type."""

    template: str
    name: str
    position: Position
    type: Type


@dataclass(slots=True)
class Made:
    """Everything that one module makes, by the function that makes it."""

    context: str = PAYLOAD
    values: dict[str, list[MadeValue]] = field(default_factory=lambda: defaultdict(list))
    objects: dict[str, list[MadeObject]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[str, list[MadeUse]] = field(default_factory=lambda: defaultdict(list))
    references: dict[str, list[MadeReference]] = field(default_factory=lambda: defaultdict(list))
    lookups: list[MadeLookup] = field(default_factory=list)
    held: dict[str, tuple[str, Parts]] = field(default_factory=dict)
    """By a local's name in the code: where what it holds was noted, and below which path."""
    arguments: dict[MadeArgument, None] = field(default_factory=dict)

    def value(self, path: str, position: Position, values: Iterable[Value], *, always: bool) -> None:
        """Note a value."""
        stored, at = list(values), parts_of(path)
        types = tuple(dict.fromkeys(value.type for value in stored))
        self.values[self.context].append(MadeValue(at, position, types, always))
        for value in stored:
            if value.source in self.held:
                self.references[self.context].append(MadeReference(at, position, *self.held[value.source]))

    def object(self, path: str, position: Position, keys: dict[str, bool], function: str = "") -> None:
        """Note an object."""
        self.objects[self.context].append(MadeObject(parts_of(path), position, keys, function))

    def use(self, path: str, position: Position, function: str) -> None:
        """Note a template's use."""
        self.uses[self.context].append(MadeUse(parts_of(path), position, function))

    @property
    def plain(self) -> bool:
        """Tell whether nothing that is made holds a decimal or a value of unknown form."""
        for context, values in self.values.items():
            if " " in context:
                continue  # written apart: a name's value or an argument, which shows where it is used
            used = {use.path for use in self.uses.get(context, ())}
            if not all(plain(kind) for value in values if value.path not in used for kind in value.types):
                return False
        return True

    def forget(self, function: str) -> None:
        """Drop what a function made, before it is written anew."""
        for kept in (self.values, self.objects, self.uses, self.references):
            kept.pop(function, None)
