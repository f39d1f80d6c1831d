"""Where a payload field came from: its rule, its mapping line, the names and the records of the loops around it.

Nothing is recorded while a payload is made. Asked later, the precise build runs once over the same
menu and notes for each list and object which rule wrote what, and with which names in force; that
is enough to evaluate any one rule again, also one that gave no value. Of an object it notes one visit:
which of its fields are there tells the rest. Only what is added to a template's object is noted key by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipeline.findings import Record
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.rules import Field, Rule
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


Visit = tuple[Any, int, Trail, tuple[Any, ...]]
"""An object or a list, and the site, the trail and the values of a mark: what is noted while the build runs."""


@dataclass(slots=True)
class Recording:
    """Who wrote each key of each list and object of one payload.

    ``objects``, ``looped`` and ``entries`` are what the run notes, as cheaply as it can be noted; they are
    sorted when they are first asked for. They hold what they speak of, so that the identity by which it is
    known stays its own.
    """

    sites: Sequence[tuple[Position, str]]
    scenes: Mapping[int, Scene] = field(default_factory=dict)
    objects: list[Visit] = field(default_factory=list)
    looped: list[Visit] = field(default_factory=list)
    entries: list[tuple[Key, Visit]] = field(default_factory=list)
    _first: dict[int, Visit] | None = None
    _opened: dict[int, list[Visit]] | None = None
    _written: dict[int, dict[Key, Mark]] | None = None
    _fields: dict[int, dict[Key, int]] = field(default_factory=dict)

    @property
    def first_layers(self) -> Mapping[int, Visit]:
        """Each object's first layer by its identity."""
        if self._first is None:
            self._first = {id(visit[0]): visit for visit in reversed(self.objects)}
        return self._first

    @property
    def layered(self) -> bool:
        """Tell whether any object has more than one layer."""
        return len(self.first_layers) < len(self.objects)

    @property
    def opened(self) -> Mapping[int, Sequence[Visit]]:
        """An object's layers by its identity: its own fields, or a template's and then those beside its use."""
        if self._opened is None:
            self._opened = {}
            for visit in self.objects:
                self._opened.setdefault(id(visit[0]), []).append(visit)
        return self._opened

    @property
    def written(self) -> Mapping[int, Mapping[Key, Mark]]:
        """A list's entries, computed keys, and what later layers of an object wrote."""
        if self._written is None:
            self._written = {}
            for key, (target, site, trail, values) in self.entries:
                self._written.setdefault(id(target), {})[key] = Mark(site, trail, values)
        return self._written

    @property
    def turns(self) -> Iterator[Turn]:
        """All loop turns, also those that gave no entry."""
        return (Turn(id(target), Mark(site, trail, values)) for target, site, trail, values in self.looped)

    def knows(self, container: Any) -> bool:
        """Tell whether rules wrote anything into a list or object."""
        return id(container) in self.written or (bool(container) and id(container) in self.first_layers)

    def marks(self, container: Any) -> Mapping[Key, Mark]:
        """Tell who wrote each key of a list or object of this payload."""
        written = self.written.get(id(container), {})
        first = self.first_layers.get(id(container))
        if first is None or not isinstance(container, dict):
            return written
        _, owner, trail, _ = first
        sites = self.fields_of(owner)
        own = {key: Mark(sites[key], trail) for key in container if key in sites}
        return {**own, **written} if written else own

    def mark(self, container: Any, key: Key) -> Mark | None:
        """Tell who wrote a key of a list or object of this payload."""
        mark = self.written.get(id(container), {}).get(key)
        first = self.first_layers.get(id(container)) if mark is None else None
        if first is None or not isinstance(container, dict) or key not in container:
            return mark
        _, owner, trail, _ = first
        site = self.fields_of(owner).get(key)
        return Mark(site, trail) if site is not None else None

    def fields_of(self, owner: int) -> Mapping[Key, int]:
        """Give the site of each field of an object, by the object's own."""
        if not self._fields:
            for site, scene in self.scenes.items():
                if scene.field is not None:
                    self._fields.setdefault(scene.owner, {})[scene.field.key] = site
        return self._fields.get(owner, {})

    def layers(self, container: Any) -> Iterator[Mark]:
        """Give an object's layers, the one that wins first."""
        first = self.first_layers.get(id(container))
        layers = self.opened.get(id(container), ()) if self.layered else (first,) if first is not None else ()
        return (Mark(site, trail, values) for _, site, trail, values in reversed(layers))

    def origin(self, payload: Any, path: Sequence[Key]) -> Origin:
        """Follow a path through the payload; give the innermost rule that is known on the way."""
        from pipeline.mapping.compiler.runtime import records_of

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
